"""The queues, topics and functions that notifications go to, as far as something else answers for them.

Other services are not S3's. Where another mock in this process answers for them, its queues, topics and functions
count, with their policies. Where nothing does, each ARN is that of a destination that takes everything.
"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.errors import InvalidArgument
from fakes3.model.notifications import FUNCTIONS, Notifications, Rule, parse_arn
from fakes3.model.regions import arn_of
from fakes3.operations.neighbours import Neighbour, find_neighbour


def check_destinations(notifications: Notifications, bucket: Bucket) -> None:
    """Refuse destinations that do not exist, or do not allow S3 to send them notifications of this bucket.

    Raises: InvalidArgument, whose members are numbered: a pair for each destination.
    """
    neighbour = find_neighbour()
    if neighbour is None:
        return
    members: dict[str, str] = {}
    for rule in notifications.rules:
        fault = find_fault(neighbour, rule, bucket)
        if fault is not None:
            number = len(members) // 2 + 1
            # recorded: TestS3NotificationsToLambda::test_invalid_lambda_arn
            members[f"ArgumentName{number}"] = f"{rule.arn}, null" if rule.kind is FUNCTIONS else rule.arn
            members[f"ArgumentValue{number}"] = fault
    if members:
        told = "; ".join(f"{name} {value}" for name, value in zip(*[iter(members.values())] * 2, strict=True))
        raise InvalidArgument(
            "Unable to validate the following destination configurations",
            reason=f"moto answers for the destinations, and says: {told}. Create them in moto, with policies that "
            "allow s3.amazonaws.com to send them notifications, or pass SkipDestinationValidation=True.",
            **members,
        )


def find_fault(neighbour: Neighbour, rule: Rule, bucket: Bucket) -> str | None:
    """Return S3's text for a destination that notifications cannot go to; None for one that takes them.

    recorded: TestS3NotificationsToSQS::test_multiple_invalid_sqs_arns
    observed: aws/aws-cli#8162 (a queue that forbids it)
    """
    from fakes3.model.destination_policies import allows_s3  # it takes long to import, and most tests need no policy

    kind, arn = rule.kind, parse_arn(rule.kind, rule.arn)
    policy = neighbour.find_policy(kind, arn)
    if policy is None and kind is not FUNCTIONS:
        return f"The destination {kind.word} does not exist"
    source = arn_of(bucket.region, bucket.name)
    if policy is not None and allows_s3(policy, kind.action, rule.arn, source=source, account=bucket.owner):
        return None
    if kind is FUNCTIONS:
        return f"Not authorized to invoke function [{rule.arn}]"
    return f"Permissions on the destination {kind.word} do not allow S3 to publish notifications from this bucket"
