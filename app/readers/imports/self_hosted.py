"""Services that people run themselves, and what their exports mean (docs/moving.md).

Sources: listmonk `schema.sql` and `cmd/subscribers.go`; phpList `admin/structure.php`; Keila
`helpers/contacts_csv_export.ex` and `contacts/schemas/contact.ex`; Mautic
`ContactExportSchedulerModel`, `CustomFieldEntityTrait`, `FieldModel` and `ReportDNCSubscriber`.
"""

from typing import Final

from app.readers.imports.fields import ReaderField
from app.readers.imports.form import Form
from app.readers.imports.row_state import RowState

LISTMONK_DATABASE: Final = "listmonk-database"
"""What `devoured readers import-listmonk` asks its database for, as a file."""

_LEAVES_OUT: Final = (
    "stands in a file that leaves out who may not be written to: import Mautic's report “Do Not"
    " Contact” first, and ignore it then"
)

SELF_HOSTED: Final = (
    Form(
        LISTMONK_DATABASE,
        "listmonk's database",
        ("email subscriber_status subscription hard_bounced_at complained_at",),
        {
            ReaderField.STATUS: "subscriber_status subscription",
            ReaderField.BOUNCED_AT: "hard_bounced_at",
            ReaderField.COMPLAINED_AT: "complained_at",
            ReaderField.CONFIRMED_AT: "subscribed_at",
        },
        says_all=True,
    ),
    Form(
        "listmonk",
        "listmonk",
        ("uuid email attributes status",),
        {ReaderField.CONFIRMED_AT: "created_at"},
    ),
    Form(
        "phplist",
        "phpList",
        (
            "email confirmed blacklisted",
            "email is_this_subscriber_confirmed is_this_subscriber_blacklisted",
        ),
        {
            ReaderField.CONFIRMED: "confirmed optedin is_this_subscriber_confirmed"
            " did_this_subscriber_manually_confirm",
            ReaderField.SUPPRESSED: "blacklisted is_this_subscriber_blacklisted",
            ReaderField.BOUNCED_AT: "bouncecount number_of_bounces",
            ReaderField.DISABLED: "disabled is_this_account_disabled",
            ReaderField.CONFIRMED_AT: "entered",
        },
        "htmlemail send_this_subscriber_html_emails subscribepage"
        " which_page_was_used_to_subscribe rssfrequency rss_frequency password passwordchanged"
        " last_time_password_was_changed extradata additional_data foreignkey foreign_key"
        " list_membership",
    ),
    Form(
        "mailpoet",
        "MailPoet",
        ("email global_status", "email list_status"),
        {ReaderField.STATUS: "global_status list_status"},
        "subscribed_ip subscription_ip",
    ),
    Form(
        "keila",
        "Keila",
        (
            "email first_name last_name data status external_id",
            "email first_name last_name data status",
        ),
        words={"unreachable": RowState.BOUNCED},
    ),
    Form(
        "mautic-do-not-contact",
        "Mautic, the report “Do Not Contact”",
        ("email dnc_reason",),
        {ReaderField.STATUS: "dnc_reason"},
        "dnc_comment dnc_channel* dnc_date",
        words={
            "dnc_unsubscribed": RowState.LEFT,
            "dnc_bounced": RowState.BOUNCED,
            "dnc_manually_unsubscribed": RowState.SUPPRESSED,
        },
        least=RowState.LEFT,
        says_all=True,
    ),
    Form(
        "mautic",
        "Mautic, the contacts",
        ("id email points last_active",),
        nothing="position mobile points fax state attribution* preferred_locale facebook"
        " foursquare instagram linkedin skype twitter stage companyname date_added",
        only_with=("points", _LEAVES_OUT),
    ),
)
