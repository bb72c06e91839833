"""Our verdict on a bucket beside what the bucket's account answers to requests of the public: they must agree."""
