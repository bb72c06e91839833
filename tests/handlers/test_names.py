"""Outcomes include a resource's name and tags, for people."""

from tests.handlers.pipeline import evaluate_s3_bucket, evaluate_security_group

from . import buckets
from .buckets import BUCKET
from .conftest import Account
from .events import bucket_change, group_change
from .pipeline import remediated
from .test_bucket_fixes import OPEN, case

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def test_a_groups_outcome_has_its_name_its_vpc_and_the_tags_that_matter(account: Account) -> None:
    group_id = account.group("web-servers")
    tags = {"Owner": "payments", "cost-center": "42", "aws:cloudformation:stack-id": "x"}
    account.ec2.create_tags(Resources=[group_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    account.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[SSH])
    [group] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    evaluate_security_group(group_change(group, {"prohibitedPorts": "22"}), None)
    [outcome] = remediated(account, "remediate_security_group")
    assert outcome["status"] == "fixed"
    assert outcome["described"] == f"web-servers, {group['VpcId']}, cost-center=42, Owner=payments"


def test_a_buckets_outcome_has_the_tags_that_matter(account: Account) -> None:
    some = case(OPEN)
    owner = buckets.make(account, some)
    tags = [{"Key": "Team", "Value": "reports"}, {"Key": "secret", "Value": "x"}]
    account.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})
    evaluate_s3_bucket(bucket_change(BUCKET, some, {}, owner), None)
    [outcome] = remediated(account, "remediate_s3_bucket")
    assert (outcome["status"], outcome["described"]) == ("fixed", "Team=reports")
