"""What providers answer to a mail that they refuse, and who is meant by it."""

GOOGLE = "Google, Gmail SMTP errors and codes; smtp.codes/google"
MICROSOFT = "Microsoft, non-delivery reports in Exchange Online; Outlook.com Postmaster"
YAHOO = "Yahoo Sender Hub, SMTP error codes; smtp.codes/yahoo"
APPLE = "Apple, postmaster information for iCloud Mail; smtp.codes/apple"
GERMAN = "postmaster pages of GMX, WEB.DE and T-Online"
OTHERS = "Postfix, Exim and Proofpoint as they come; RFC 3463"

SAID = [
    # Ourselves: authentication, reputation, rate.
    (
        GOOGLE,
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
        "ours",
    ),
    (
        GOOGLE,
        (
            "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely"
            " unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been"
            " blocked."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating"
            " from your IP address."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail containing one of"
            " your URL domains. To protect our users from spam, mail with the URL has been"
            " temporarily rate limited."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421 4.7.0 [192.0.2.1] Our system has detected that this message is suspicious due"
            " to the very low reputation of the sending domain."
        ),
        "ours",
    ),
    (
        GOOGLE,
        "550-5.7.25 The IP address sending this message does not have a PTR record setup.",
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.515 Access denied, sending domain example.com does not meet the required"
            " authentication level."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact"
            " your Internet service provider since part of their network is on our block list"
            " (S3150)."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        "550 SC-001 (BAY004-MC4F49) Unfortunately, messages from 192.0.2.1 weren't sent.",
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from"
            " this list please visit https://sender.office.com/"
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.509 Access denied, sending domain example.com does not pass DMARC"
            " verification and has a DMARC policy of reject."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to"
            " IP reputation."
        ),
        "ours",
    ),
    (
        YAHOO,
        (
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected"
            " volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com"
        ),
        "ours",
    ),
    (
        YAHOO,
        (
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is"
            " in Spamhaus's list"
        ),
        "ours",
    ),
    (YAHOO, "554 5.7.9 Message not accepted for policy reasons.", "ours"),
    (
        APPLE,
        "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL",
        "ours",
    ),
    (
        GERMAN,
        "554 Refused. Your reverse DNS entry contains your IP address and a country code.",
        "ours",
    ),
    (
        GERMAN,
        (
            "554-Transaction failed 554 IP address is black listed. Blacklisted by our"
            " reputation system."
        ),
        "ours",
    ),
    (
        OTHERS,
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "ours",
    ),
    (OTHERS, "550 5.1.8 Sender address rejected: Domain not found", "ours"),
    (OTHERS, "550 5.7.1 Requested action not taken: message refused", "ours"),
    (
        MICROSOFT,
        (
            "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException."
            "MapiExceptionSendAsDenied; Failed to process message due to a permanent exception"
        ),
        "ours",
    ),
    (MICROSOFT, "554 5.2.252 SendAsDenied; (address) not allowed to send as (address)", "ours"),
    (
        MICROSOFT,
        "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; message content",
        "ours",
    ),
    (
        MICROSOFT,
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "ours",
    ),
    (OTHERS, "554 5.7.1 (address): Recipient address rejected: Access denied", "ours"),
    (
        OTHERS,
        (
            "550 5.7.1 (address): Recipient address rejected: Message rejected due to: SPF fail -"
            " not authorized"
        ),
        "ours",
    ),
    (
        GERMAN,
        "550 Requested action not taken: mailbox unavailable\nSender address is not allowed.",
        "ours",
    ),
    (OTHERS, "550 (address): Recipient address rejected: Sending quota exceeded", "ours"),
    (OTHERS, "550 5.1.0 (address): Sender address rejected: User unknown in local table", "ours"),
    (OTHERS, "550-Verification failed\n550-No Such User Here\n550 Sender verify failed", "ours"),
    # This mailbox.
    (GOOGLE, "550-5.1.1 The email account that you tried to reach does not exist.", "mailbox"),
    (GOOGLE, "452-4.2.2 The inbox is out of storage space.", "mailbox"),
    (
        GOOGLE,
        (
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that"
            " prevents additional messages from being delivered."
        ),
        "mailbox",
    ),
    (
        GOOGLE,
        "550 5.7.1 This message violates example.com email policy. - gcdp 17 - gsmtp",
        "mailbox",
    ),
    (MICROSOFT, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "mailbox"),
    (
        MICROSOFT,
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        "mailbox",
    ),
    (MICROSOFT, "550 5.7.124 Sender not in allowed-senders list", "mailbox"),
    (
        MICROSOFT,
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        "mailbox",
    ),
    (
        MICROSOFT,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "mailbox",
    ),
    (
        YAHOO,
        "554 delivery error: dd This user doesn't have a yahoo.com account - mta1.example",
        "mailbox",
    ),
    (YAHOO, "552 1 Requested mail action aborted, mailbox not found", "mailbox"),
    (
        GERMAN,
        (
            "550 Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed"
            " storage space."
        ),
        "mailbox",
    ),
    (GERMAN, "550 5.1.1 user unknown", "mailbox"),
    (
        OTHERS,
        "550 5.1.1 (address): Recipient address rejected: User unknown in local recipient table",
        "mailbox",
    ),
    (OTHERS, "550 5.7.1 (address): Recipient address rejected: User unknown", "mailbox"),
    (MICROSOFT, "554 5.2.0 STOREDRV.Deliver; delivery result banner", "mailbox"),
    (OTHERS, "552 5.2.2 Over quota", "mailbox"),
    (OTHERS, "550 4.4.7 Message expired: unable to deliver in 840 minutes.", "mailbox"),
    # What was written.
    (
        GOOGLE,
        (
            "552-5.7.0 This message was blocked because its content presents a potential security"
            " issue."
        ),
        "content",
    ),
    (
        GOOGLE,
        (
            "421 4.7.0 [192.0.2.1] Our system has detected that this message is suspicious due"
            " to the nature of the content and/or the links within."
        ),
        "content",
    ),
    (GOOGLE, "552-5.2.3 Your message exceeded Google's message size limits.", "content"),
    (YAHOO, "554 Message not allowed - [PH01] Email not accepted for policy reasons.", "content"),
    (APPLE, "554 5.7.1 [HM08] Message rejected due to content restrictions.", "content"),
    (OTHERS, "552 5.3.4 Message size exceeds fixed limit", "content"),
    (OTHERS, "550 5.7.1 This message was classified as SPAM and may not be delivered", "content"),
    (OTHERS, "554 5.6.0 Message contains invalid header", "content"),
]
