"""Services: the exports that are recognised (docs/import.md has the sources).

Their dates of joining are taken as the dates when people confirmed.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from app.errors import FieldError, InvalidInput
from app.readers.imports.fields import SAYING, ReaderField, fold
from app.readers.imports.form import Form
from app.readers.imports.row_state import RowState
from app.readers.imports.self_hosted import SELF_HOSTED

OTHER: Final = "other"


_MAILCHIMP: Final = {
    ReaderField.ADDRESS: "email_address email",
    ReaderField.LEFT_AT: "unsub_time",
    ReaderField.BOUNCED_AT: "clean_time",
    ReaderField.CONFIRMED_AT: "confirm_time optin_time",
}
_MAILCHIMP_NOTHING: Final = "optin_ip confirm_ip leid euid"
_MAILCHIMP_MARKS: Final = ("member_rating optin_time confirm_time", "member_rating leid euid")
_ANY_PAYING: Final = dict.fromkeys(
    ("premium", "trialed", "unpaid", "gifted", "churning", "paused", "past_due", "churned"),
    RowState.ACTIVE,
)


def _mailchimp(end: str, title: str, least: RowState, mark: str = "", in_name: str = "") -> Form:
    return Form(
        f"mailchimp{end}",
        f"Mailchimp{title}",
        tuple(f"{marks} {mark}" for marks in _MAILCHIMP_MARKS),
        _MAILCHIMP,
        _MAILCHIMP_NOTHING,
        least=least,
        in_name=in_name,
    )


SERVICES: Final = (
    Form(
        "devoured",
        "Devoured",
        ("address state categories depth suppressed",),
        {
            ReaderField.ADDRESS: "address",
            ReaderField.STATUS: "state",
            **{
                one: one.value
                for one in ReaderField
                if one not in {*SAYING, ReaderField.ADDRESS}
                or one in {ReaderField.LEFT_AT, ReaderField.SUPPRESSED}
            },
        },
        "consent_step consent_source consent_at consent_note",
        says_all=True,
    ),
    _mailchimp("-unsubscribed", ", those who unsubscribed", RowState.LEFT, "unsub_time"),
    _mailchimp("-cleaned", ", those that bounced", RowState.BOUNCED, "clean_time"),
    _mailchimp(
        "-nonsubscribed", ", those who never subscribed", RowState.LEFT, in_name="nonsubscribed"
    ),
    _mailchimp("", "", RowState.ACTIVE),
    Form(
        "substack",
        "Substack",
        ("email active_subscription expiry", "email expiry email_disabled"),
        {ReaderField.DISABLED: "email_disabled", ReaderField.CONFIRMED_AT: "created_at"},
        "active_subscription first_payment_at podcast_only is_paid",
    ),
    Form(
        "substack-dashboard",
        "Substack, the dashboard's",
        (
            "email cancel_date receiving_emails_for",
            "email stripe_plan cancel_date start_date",
            "email type activity start_date",
        ),
        {
            ReaderField.LEFT_AT: "cancel_date",
            ReaderField.RECEIVES: "receiving_emails_for",
            ReaderField.CONFIRMED_AT: "start_date",
        },
        "type subscription_type subscription_interval activity paid_upgrade_date first_paid_date"
        " expiration_date bestseller emails_dropped_6mo unique_emails_seen* post_views*"
        " unique_posts_seen* comments* shares* subscriptions_gifted subscription_source*"
        " days_active* can_see_paid_content bundle",
    ),
    Form(
        "ghost",
        "Ghost",
        ("email subscribed_to_emails complimentary_plan",),
        {
            ReaderField.SUBSCRIBED: "subscribed_to_emails",
            ReaderField.LEFT_AT: "deleted_at",
            ReaderField.CONFIRMED_AT: "created_at",
        },
    ),
    Form(
        "buttondown",
        "Buttondown",
        ("email_address type creation_date", "email type creation_date"),
        {
            ReaderField.STATUS: "type",
            ReaderField.LEFT_AT: "unsubscription_date",
            ReaderField.CONFIRMED_AT: "creation_date",
        },
        words={**_ANY_PAYING, "upcoming": RowState.UNCONFIRMED},
    ),
    Form(
        "beehiiv",
        "beehiiv",
        (
            "email status tier created_at",
            "email status subscription_tier",
            "email status acquisition_source",
        ),
        {ReaderField.CONFIRMED_AT: "created_at"},
    ),
    Form(
        "klaviyo",
        "Klaviyo",
        ("email klaviyo_id", "email email_marketing_consent"),
        {
            ReaderField.STATUS: "email_marketing_consent",
            ReaderField.SUPPRESSED: "email_suppressions",
            ReaderField.CONFIRMED_AT: "email_marketing_consent_timestamp",
        },
        "klaviyo_id address sms_marketing_consent* first_active profile_created_on"
        " historic_* total_customer_lifetime_value predicted_* average_*",
    ),
    Form(
        "shopify",
        "Shopify",
        ("email accepts_email_marketing", "email accepts_marketing"),
        {ReaderField.SUBSCRIBED: "accepts_email_marketing accepts_marketing"},
        "accepts_sms_marketing accepts_whatsapp_marketing default_address_* tax_exempt"
        " province_code address1 address2",
    ),
    Form(
        "hubspot",
        "HubSpot",
        ("email unsubscribed_from_all_email", "portal_bounce portal_unsubscribe"),
        {
            ReaderField.DISABLED: "unsubscribed_from_all_email portal_unsubscribe"
            " marketing_information opted_out_of_email*",
            ReaderField.BOUNCED_AT: "email_hard_bounce_reason portal_bounce global_bounce"
            " invalid_email_address",
            ReaderField.COMPLAINED_AT: "portal_spam_report",
            ReaderField.SUPPRESSED: "email_address_quarantined",
        },
        "contact_owner email_domain lifecycle_stage lead_status record_id",
    ),
    Form(
        "brevo",
        "Brevo",
        ("email added_time modified_time", "email double_opt_in opt_in"),
        {
            ReaderField.SUBSCRIBED: "opt_in",
            ReaderField.CONFIRMED: "double_opt_in",
            ReaderField.STATUS: "email_marketing",
        },
        "whatsapp sms_marketing listids ext_id landline_number",
    ),
    Form(
        "wix",
        "Wix",
        ("email_1 email_subscriber_status",),
        {ReaderField.ADDRESS: "email_1", ReaderField.STATUS: "email_subscriber_status"},
        "email_2* email_3* email_4* email_5* phone_* address_1_* address_2_* address_3_*"
        " address_4_* address_5_* address_6_* address_7_* address_8_* address_9_* address_10_*"
        " sms_subscriber_status created_at_utc_0 position member_id",
    ),
    Form(
        "kit",
        "Kit (ConvertKit)",
        ("first_name email status created_at", "first_name email state created_at"),
        {ReaderField.CONFIRMED_AT: "created_at"},
        words={"inactive": RowState.UNCONFIRMED},
    ),
    *SELF_HOSTED,
    Form(OTHER, "a plain table", ()),
)


_BY_NAME: Final = {form.name: form for form in SERVICES}


def form_named(name: str) -> Form:
    """Return the form of this name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in _BY_NAME:
        raise InvalidInput(
            f"“{name}” is no form; there are {', '.join(_BY_NAME)}.",
            [FieldError("/form", "is none of ours")],
        )
    return _BY_NAME[name]


def form_of(heading: Sequence[str], file_name: str) -> Form:
    """Tell whose export this is, by its columns and where it must be by its name; or `other`."""
    there = {fold(name) for name in heading}
    base = PurePath(file_name).name.casefold()
    return next(
        form
        for form in SERVICES
        if base.startswith(form.in_name)
        and (form.name == OTHER or any(there.issuperset(one.split()) for one in form.marks))
    )
