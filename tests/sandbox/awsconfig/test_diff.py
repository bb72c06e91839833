"""The difference between two items, as AWS Config words it."""

from typing import Any

from sandbox.awsconfig.diff import item_diff
from sandbox.awsconfig.resource import Relationship, Resource


def resource(configuration: dict[str, Any], **more: Any) -> Resource:
    return Resource("AWS::EC2::SecurityGroup", "sg-1", "arn", configuration, **more)


def changes(before: Resource, after: Resource) -> dict[str, Any]:
    diff = item_diff(before, after)
    assert diff["changeType"] == "UPDATE"
    properties: dict[str, Any] = diff["changedProperties"]
    return properties


def test_elements_of_a_list_go_and_come_under_numbers() -> None:
    ssh, https, web = {"fromPort": 22}, {"fromPort": 443}, {"fromPort": 80}
    before, after = resource({"ipPermissions": [ssh, https]}), resource({"ipPermissions": [https, web]})
    assert changes(before, after) == {
        "Configuration.IpPermissions.0": {"previousValue": ssh, "updatedValue": None, "changeType": "DELETE"},
        "Configuration.IpPermissions.1": {"previousValue": None, "updatedValue": web, "changeType": "CREATE"},
    }


def test_a_bucket_policy_that_appears_is_named_by_its_path() -> None:
    before = resource({}, supplementary_configuration={"BucketPolicy": {"policyText": None}})
    after = resource({}, supplementary_configuration={"BucketPolicy": {"policyText": "{}"}})
    path = "SupplementaryConfiguration.BucketPolicy.PolicyText"
    assert changes(before, after) == {path: {"previousValue": None, "updatedValue": "{}", "changeType": "CREATE"}}


def test_a_part_that_disappears_is_deleted_as_a_whole() -> None:
    block = {"blockPublicAcls": True}
    before = resource({}, supplementary_configuration={"PublicAccessBlockConfiguration": block})
    path = "SupplementaryConfiguration.PublicAccessBlockConfiguration"
    assert changes(before, resource({})) == {
        path: {"previousValue": block, "updatedValue": None, "changeType": "DELETE"}
    }


def test_relationships_and_tags_count_as_well() -> None:
    after = resource(
        {}, tags={"team": "red"}, relationships=(Relationship("Is contained in Vpc", "AWS::EC2::VPC", "v"),)
    )
    found = changes(resource({}), after)
    assert found["Relationships.0"]["updatedValue"]["resourceId"] == "v"
    assert found["Tags.0"]["updatedValue"] == {"key": "team", "value": "red"}


def test_a_deleted_resource_shows_all_that_it_was() -> None:
    before = resource({"groupId": "sg-1"}, supplementary_configuration={"Policy": "{}"})
    diff = item_diff(before, before.deleted())
    assert diff["changeType"] == "DELETE"
    assert diff["changedProperties"] == {
        "Configuration": {"previousValue": {"groupId": "sg-1"}, "updatedValue": None, "changeType": "DELETE"},
        "SupplementaryConfiguration.Policy": {"previousValue": "{}", "updatedValue": None, "changeType": "DELETE"},
    }
