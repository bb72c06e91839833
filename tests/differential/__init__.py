"""Our evaluation of a bucket compared with responses to requests of the public: they must agree."""
