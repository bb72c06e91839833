"""The rule on S3 buckets: no bucket is public by its policy or its ACL."""
