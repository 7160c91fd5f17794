"""What is set up in the account: identities, configuration sets and where those tell events.

It is for who looks at it and makes it; sending takes every configuration set, as ever.
"""

from typing import Any

from localdev.ses.context import Context
from localdev.ses.faults import Fault
from localdev.ses.shapes import text_of

_NO_SET = "Configuration set <%s> does not exist."


def get_identity(context: Context, name: str) -> dict[str, Any]:
    """Return an identity; every domain that is taken is one. Source: GetEmailIdentity."""
    taken = context.verified_domains
    if taken and name.lower() not in taken:
        raise Fault("NotFoundException", f"Email identity {name} does not exist.")
    return {
        "IdentityType": "DOMAIN",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {
            "SigningEnabled": True,
            "Status": "SUCCESS",
            "Tokens": ["first", "second", "third"],
            "SigningAttributesOrigin": "AWS_SES",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
        },
        "MailFromAttributes": {
            "MailFromDomain": f"bounce.{name}",
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
        **context.identity,
    }


def create_set(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Make a configuration set. Source: CreateConfigurationSet."""
    name = text_of(request.get("ConfigurationSetName"), "configurationSetName")
    if name in context.configuration_sets:
        raise Fault("AlreadyExistsException", f"Configuration set <{name}> already exists.")
    context.configuration_sets[name] = {}
    return {}


def get_set(context: Context, name: str) -> dict[str, Any]:
    """Return a configuration set. Source: GetConfigurationSet."""
    _destinations(context, name)
    return {"ConfigurationSetName": name, "SendingOptions": {"SendingEnabled": True}}


def get_destinations(context: Context, name: str) -> dict[str, Any]:
    """Return where it tells events. Source: GetConfigurationSetEventDestinations."""
    found = _destinations(context, name)
    return {"EventDestinations": [{"Name": one, **told} for one, told in found.items()]}


def create_destination(context: Context, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Have it tell events. Source: CreateConfigurationSetEventDestination."""
    found = _destinations(context, name)
    one = text_of(request.get("EventDestinationName"), "eventDestinationName")
    if one in found:
        raise Fault("AlreadyExistsException", f"Event destination <{one}> already exists.")
    found[one] = dict(request.get("EventDestination") or {})
    return {}


def update_destination(
    context: Context, name: str, one: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Have it tell other events. Source: UpdateConfigurationSetEventDestination."""
    found = _destinations(context, name)
    if one not in found:
        raise Fault("NotFoundException", f"Event destination <{one}> does not exist.")
    found[one] = dict(request.get("EventDestination") or {})
    return {}


def _destinations(context: Context, name: str) -> dict[str, dict[str, Any]]:
    """Return those of a configuration set; raise Fault where there is none of this name."""
    if name not in context.configuration_sets:
        raise Fault("NotFoundException", _NO_SET % name)
    return context.configuration_sets[name]
