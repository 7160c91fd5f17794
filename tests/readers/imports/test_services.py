"""The exports of known services: every column with a say is read, whatever else is said."""

import pytest

from app.readers.imports.services import OTHER, SERVICES, form_named
from app.readers.imports.uses import uses_of
from tests.readers.importing import Importer

SAYS_NO = {
    "phplist": (
        ("id,email,confirmed,blacklisted,optedin,bouncecount,entered,htmlemail,disabled\n"
        "1,yes@example.com,1,0,1,0,2024-01-01 00:00:00,1,0\n"
        "2,block@example.com,1,1,1,0,2024-01-01 00:00:00,1,0\n"
        "3,new@example.com,0,0,0,0,2024-01-01 00:00:00,1,0\n"
        "4,bounce@example.com,1,0,1,3,2024-01-01 00:00:00,1,0\n"
        "5,off@example.com,1,0,1,0,2024-01-01 00:00:00,1,1\n"),
        {"added": 1, "said_suppressed": 1, "said_unconfirmed": 1, "said_bounced": 1,
         "said_left": 1},
    ),
    "shopify": (
        ("Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
        "1,A,B,yes@example.com,yes,,,no,0,0,,no,\n"
        "2,A,B,no@example.com,no,,,no,0,0,,no,\n"),
        {"added": 1, "said_left": 1},
    ),
    "hubspot": (
        ("Record ID,First Name,Email,Unsubscribed from all email,Email hard bounce reason,"
        "Opted out of email: Product news\n"
        "1,A,yes@example.com,,,\n"
        "2,A,out@example.com,true,,\n"
        "3,A,hard@example.com,false,MAILBOX_FULL,\n"
        "4,A,part@example.com,false,,true\n"),
        {"added": 1, "said_left": 2, "said_bounced": 1},
    ),
    "klaviyo": (
        ("Email,Klaviyo ID,First Name,City,Email Marketing Consent,"
        "Email Marketing Consent Timestamp,Email Suppressions\n"
        "yes@example.com,a,A,Graz,SUBSCRIBED,2024-01-01T00:00:00Z,[]\n"
        "never@example.com,b,A,Graz,NEVER_SUBSCRIBED,,[]\n"
        "out@example.com,c,A,Graz,UNSUBSCRIBED,,[]\n"
        "hard@example.com,d,A,Graz,SUBSCRIBED,,HARD_BOUNCE\n"
        'by@example.com,e,A,Graz,SUBSCRIBED,,"[""USER_SUPPRESSED""]"\n'),
        {"added": 1, "said_unconfirmed": 1, "said_left": 1, "said_bounced": 1,
         "said_suppressed": 1},
    ),
    "mailpoet": (
        ("Email,First Name,Last Name,Subscribed IP,List,List status,Global status\n"
        "yes@example.com,A,B,,News,subscribed,subscribed\n"
        "list@example.com,A,B,,News,unsubscribed,subscribed\n"
        "all@example.com,A,B,,News,subscribed,bounced\n"),
        {"added": 1, "said_left": 1, "said_bounced": 1},
    ),
    "brevo": (
        ("EMAIL,LASTNAME,FIRSTNAME,SMS,DOUBLE_OPT-IN,OPT_IN,ADDED_TIME,MODIFIED_TIME,BLOCKLISTED\n"
        "yes@example.com,B,A,,Yes,Yes,2024-01-01,2024-01-01,\n"
        "half@example.com,B,A,,No,Yes,2024-01-01,2024-01-01,\n"
        "out@example.com,B,A,,Yes,No,2024-01-01,2024-01-01,\n"
        "block@example.com,B,A,,Yes,Yes,2024-01-01,2024-01-01,1\n"),
        {"added": 1, "said_unconfirmed": 1, "said_left": 1, "said_suppressed": 1},
    ),
    "wix": (
        ("First Name,Last Name,Email 1,Phone 1,Address 1 - Street,Labels,Created At (UTC+0),"
        "Email subscriber status,SMS subscriber status,Last Activity,Source,Language\n"
        "A,B,yes@example.com,,,,2024-01-01,Subscribed,Never subscribed,,,EN\n"
        "A,B,never@example.com,,,,2024-01-01,Never subscribed,Never subscribed,,,EN\n"
        "A,B,out@example.com,,,,2024-01-01,Unsubscribed,Never subscribed,,,EN\n"),
        {"added": 1, "said_unconfirmed": 1, "said_left": 1},
    ),
    "substack-dashboard": (
        ("Email,Name,Stripe plan,Cancel date,Start date,Emails dropped (6mo),Type,"
        "Receiving emails for\n"
        "yes@example.com,A,,,2024-01-01T00:00:00Z,0,Free,Main\n"
        "gone@example.com,A,,2024-05-01,2024-01-01T00:00:00Z,0,Free,Main\n"
        "none@example.com,A,,,2024-01-01T00:00:00Z,0,Free,\n"),
        {"added": 1, "said_left": 2},
    ),
    "ghost": (
        ("id,email,subscribed_to_emails,complimentary_plan,created_at,unsubscribed_at,bounced_at,"
        "status\n"
        "1,yes@example.com,true,false,2024-01-01T00:00:00.000Z,,,active\n"
        "2,out@example.com,true,false,2024-01-01T00:00:00.000Z,2024-05-05,,active\n"
        "3,hard@example.com,true,false,2024-01-01T00:00:00.000Z,,2024-05-05,active\n"
        "4,off@example.com,true,false,2024-01-01T00:00:00.000Z,,,unsubscribed\n"),
        {"added": 1, "said_left": 2, "said_bounced": 1},
    ),
    "keila": (
        ("Email,First name,Last name,Data,Status,External ID\r\n"
        'yes@example.com,A,B,"{""city"":""Graz""}",active,7\r\n'
        "out@example.com,A,B,,unsubscribed,\r\n"
        "gone@example.com,A,B,,unreachable,\r\n"),
        {"added": 1, "said_left": 1, "said_bounced": 1},
    ),
    OTHER: (
        ("email,status,subscription_status,Abgemeldet am,Désabonné,Rebotado,Klacht,do not contact\n"
        "yes@example.com,active,subscribed,,non,no,nee,0\n"
        "a@example.com,active,unsubscribed,,non,no,nee,0\n"
        "b@example.com,active,subscribed,01.02.2024,non,no,nee,0\n"
        "c@example.com,active,subscribed,,oui,no,nee,0\n"
        "d@example.com,active,subscribed,,non,sí,nee,0\n"
        "e@example.com,active,subscribed,,non,no,ja,0\n"
        "f@example.com,active,subscribed,,non,no,nee,1\n"),
        {"added": 1, "said_left": 3, "said_bounced": 1, "said_complained": 1,
         "said_suppressed": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", SAYS_NO)
def test_every_column_with_a_say_is_read_and_one_no_is_enough(
    importer: Importer, form: str
) -> None:
    file, counts = SAYS_NO[form]

    row = importer.add(file)

    assert (row.form, row.doubts, row.n_bad, row.counts) == (form, {}, 0, counts)
    assert [name for name, state in importer.states().items() if state == "active"] == [
        "yes@example.com"
    ]


@pytest.mark.parametrize("form", [form.name for form in SERVICES if form.name != OTHER])
def test_marks_of_a_form_are_all_columns_that_are_understood(form: str) -> None:
    column, _ = form_named(form).only_with
    for mark in form_named(form).marks:
        heading = mark.split()
        rows = [["active" for _ in heading]]
        assert [*uses_of(form_named(form), heading, rows).doubts] == [column] * bool(column)


MAUTIC_NOT = (
    "Contact ID,Email,DNC Reason,DNC Comment,DNC Channel,DNC Date\n"
    "1,out@example.com,DNC Unsubscribed,User unsubscribed.,Email,2024-05-05 10:00:00\n"
    "2,hard@example.com,DNC Bounced,,Email,2024-05-05 10:00:00\n"
    "3,hand@example.com,DNC Manually Unsubscribed,,Email,2024-05-05 10:00:00\n"
    "4,raus@example.com,Abgemeldet?,,Email,2024-05-05 10:00:00\n"
)
MAUTIC = (
    "id,title,firstname,lastname,company,position,email,mobile,phone,points,fax,address1,address2,"
    "city,state,zipcode,country,preferred_locale,timezone,last_active,attribution_date,"
    "attribution,website,facebook,foursquare,instagram,linkedin,skype,twitter\n"
    + "".join(
        f"{n},,A,B,,,{name}@example.com,,,{n},,,,Graz,Styria,,,,,2024-05-05 10:00:00,,,,,,,,,\n"
        for n, name in enumerate(("out", "hard", "hand", "raus", "yes"))
    )
)


def test_contacts_of_mautic_wait_for_the_report_of_who_must_not_be_contacted(
    importer: Importer,
) -> None:
    contacts = importer.read(MAUTIC)
    assert (contacts.form, [*contacts.doubts]) == ("mautic", ["points"])
    assert "Do Not Contact" in contacts.doubts["points"]

    report = importer.add(MAUTIC_NOT)
    assert report.form == "mautic-do-not-contact"
    assert report.counts == {"said_left": 2, "said_bounced": 1, "said_suppressed": 1}

    contacts = importer.add(MAUTIC, columns={"points": "ignored"})
    assert contacts.counts == {"left": 2, "bounced": 1, "suppressed": 1, "added": 1}
