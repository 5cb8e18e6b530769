"""moto, where it is active beside the fake: it answers for what S3 has to know of other services.

Its queues, topics, functions and event buses get notifications, its KMS keys are the ones that there are, and its users
and sessions sign requests.

Its backends are called directly, as its own S3 does it, so nothing is sent, and no call of it is recorded. They are
looked up among the imported modules: a service of moto's that nobody has called yet has no queue, say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes3.model.identity import AccessKey
    from fakes3.model.kms_keys import KeyName, KmsKey
    from fakes3.model.notifications import Arn, Kind

# What these functions need is imported by them, since most tests meet no moto.

_SUBJECT = "Amazon S3 Notification"
"""The subject of what topics get. recorded: TestS3NotificationsToSns::test_object_created_put"""


class Moto:
    """moto as it answers for other services."""

    @property
    def is_active(self) -> bool:
        """Whether a mock of it is entered."""
        models = sys.modules.get("moto.core.models")
        return models is not None and bool(models.botocore_stubber.enabled)

    def find_policy(self, kind: Kind, arn: Arn) -> Mapping[str, Any] | None:
        """Return the policy of a destination, which may be empty; None where the destination does not exist."""
        from fakes3.model.notifications import FUNCTIONS, QUEUES

        if kind is FUNCTIONS:
            function = self._find_function(arn)
            return None if function is None else {"Statement": function.policy.statements}
        if kind is QUEUES:
            queues = _backend("sqs", "sqs_backends", arn)
            found = None if queues is None else queues.queues.get(arn.name)
        else:
            topics = _backend("sns", "sns_backends", arn)
            found = None if topics is None else topics.topics.get(arn.text)
        if found is None:
            return None
        policy: Mapping[str, Any] = json.loads(found.policy or "{}")
        return policy

    def send(self, kind: Kind, arn: Arn, message: str) -> None:
        """Send a message to a destination. It may raise anything."""
        from fakes3.model.notifications import FUNCTIONS, QUEUES

        if kind is FUNCTIONS:
            name, _, qualifier = arn.name.partition(":")
            self._functions(arn).invoke(name, qualifier or None, message, {}, {})
        elif kind is QUEUES:
            _backend("sqs", "sqs_backends", arn).send_message(arn.name, message)
        else:
            _backend("sns", "sns_backends", arn).publish(message, arn.text, subject=_SUBJECT)

    def publish(self, account: str, region: str, event: Mapping[str, Any]) -> None:
        """Send an event to the default bus of EventBridge, whose rules have targets. It may raise anything."""
        models = sys.modules.get("moto.events.models")
        if models is not None:
            timed = {**event, "time": datetime.fromisoformat(event["time"]).timestamp()}  # moto writes it as text again
            for rule in list(models.events_backends[account][region].event_buses["default"].rules.values()):
                rule.send_to_targets(dict(timed), **_options(rule))

    def has_keys(self, account: str) -> bool:
        """Whether an account has KMS keys there, so that it has no others."""
        models = sys.modules.get("moto.kms.models")
        backends = {} if models is None else models.kms_backends
        return account in backends and any(backend.keys for backend in list(backends[account].values()))

    def find_key(self, name: KeyName) -> KmsKey | None:
        """Return a KMS key by its id or alias; None where there is none."""
        from fakes3.model.kms_keys import KmsKey

        models = sys.modules.get("moto.kms.models")
        backends = {} if models is None else models.kms_backends
        if name.account not in backends or name.region not in backends[name.account]:
            return None
        backend, key_id = backends[name.account][name.region], name.id
        # Asked for the alias of a key of AWS's own, moto would make the key.
        if name.alias is not None and backend.alias_exists(name.alias):
            key_id = backend.get_key_id_from_alias(name.alias)
        key = backend.keys.get(key_id)
        return None if key is None else KmsKey(key.arn, key.key_state)

    def find_access_key(self, key_id: str, *, is_held: bool) -> AccessKey | None:
        """Return the access key of a user or of a session of a role, which is held to its policies, or not."""
        from fakes3.doors.moto_identities import find_access_key

        return find_access_key(key_id, is_held=is_held)

    def _find_function(self, arn: Arn) -> Any:
        """Return a function; None where there is none."""
        functions = self._functions(arn)
        if functions is None:
            return None
        unknown = sys.modules["moto.awslambda.exceptions"].UnknownFunctionException
        try:
            return functions.get_function(arn.text)
        except unknown:
            return None

    @staticmethod
    def _functions(arn: Arn) -> Any:
        """Return the backend with functions, with or without Docker; None where nobody has called it yet."""
        utils = sys.modules.get("moto.awslambda.utils")
        if utils is None or "moto.awslambda.models" not in sys.modules:
            return None
        return utils.get_backend(arn.account, arn.region)


def _options(rule: Any) -> dict[str, bool]:
    """Return how a rule is told not to transform events where no target asks for it: that needs another library."""
    is_asked_for = any("InputTransformer" in target for target in rule.targets)
    can_be_told = "transform_input" in signature(rule.send_to_targets).parameters
    return {"transform_input": False} if can_be_told and not is_asked_for else {}


def _backend(service: str, name: str, arn: Arn) -> Any:
    """Return a backend of moto's; None where nobody has called it yet."""
    models = sys.modules.get(f"moto.{service}.models")
    return None if models is None else getattr(models, name)[arn.account][arn.region]
