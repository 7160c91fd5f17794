"""Names: what columns are usually called, folded, in the languages that exports come in.

A name that ends in `*` stands for every name that begins like it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from app.readers.imports.fields import NOTHING, ReaderField
from app.readers.imports.services import SERVICES

NAMES: Final[Mapping[ReaderField, str]] = {
    ReaderField.ADDRESS: "address email email_address e_mail e_mail_address emailaddress mail"
    " subscriber_email user_email contact_email e_mail_adresse email_adresse mail_adresse"
    " mailadresse emailadresse courriel adresse_e_mail adresse_email adresse_mail"
    " adresse_de_courriel adresse_electronique correo correo_electronico direccion_de_correo"
    " direccion_de_correo_electronico direccion_email indirizzo_email indirizzo_e_mail"
    " posta_elettronica e_mailadres emailadres mailadres endereco_de_email endereco_de_e_mail"
    " endereco_email correio_eletronico correio_electronico adres_e_mail adres_email epost"
    " e_postadress e_mailova_adresa sahkoposti",
    ReaderField.STATUS: "status state subscription_status subscription_state subscriber_status"
    " email_status email_subscriber_status email_marketing_status email_marketing_consent"
    " global_status list_status newsletter_status anmeldestatus abo_status newsletterstatus"
    " statut statut_abonnement statut_d_abonnement estado estado_de_suscripcion"
    " estado_de_la_suscripcion stato stato_iscrizione stato_dell_iscrizione"
    " inschrijfstatus abonnementsstatus status_da_inscricao status_da_assinatura",
    ReaderField.LEFT_AT: "left_at unsubscribed_at unsub_time unsub_date unsubscribe_time"
    " unsubscribe_date unsubscribed_on unsubscribed_date unsubscription_date date_unsubscribed"
    " unsubscribe_reason unsubscribed_reason unsub_reason unsub_campaign_title unsub_campaign_id"
    " unsub_reason_other opted_out_at opt_out_at opt_out_date opt_out_time optout_date optout_time"
    " cancelled_at canceled_at cancel_date cancellation_date deactivated deactivated_at"
    " deactivation_date deleted_at removed_at"
    " last_marketing_email_unsubscribe_date abgemeldet_am abmeldedatum ausgetragen_am"
    " austragungsdatum gekundigt_am date_de_desabonnement date_desabonnement"
    " date_de_desinscription date_desinscription desabonne_le desinscrit_le fecha_de_baja"
    " fecha_baja data_disiscrizione data_di_disiscrizione data_cancellazione uitgeschreven_op"
    " afgemeld_op uitschrijfdatum datum_uitschrijving data_de_cancelamento"
    " data_de_descadastro",
    ReaderField.BOUNCED_AT: "bounced_at clean_time clean_campaign_title clean_campaign_id bounced"
    " bounce bounces bounce_count bouncecount number_of_bounces hard_bounce hard_bounced"
    " hard_bounces hard_bounced_at hard_bounce_reason email_hard_bounce_reason bounce_date"
    " bounce_reason bounce_type portal_bounce global_bounce invalid_email invalid_email_address"
    " email_invalid unzustellbar unzustellbar_seit rebond date_de_rebond rebote rebotado"
    " fecha_de_rebote rimbalzo rimbalzato gebounced devolvido onbestelbaar",
    ReaderField.COMPLAINED_AT: "complained complained_at complaint complaint_date spam_complaint"
    " spam_complaint_date spam_report portal_spam_report marked_as_spam spam abuse_report"
    " beschwerde plainte queja reclamo klacht reclamacao",
    ReaderField.SUPPRESSED: "suppressed suppressed_at suppression suppressions suppression_reason"
    " email_suppressions email_suppression blacklisted blacklisted_at blacklist is_blacklisted"
    " email_blacklisted blocklisted blocklist is_blocklisted email_blocklisted blocked blocked_at"
    " is_blocked banned quarantined email_address_quarantined do_not_contact donotcontact dnc"
    " do_not_email do_not_mail gesperrt sperrgrund blockiert bloque bloqueado bloccato"
    " geblokkeerd",
    ReaderField.SUBSCRIBED: "subscribed is_subscribed subscribed_to_emails email_subscribed"
    " accepts_marketing accepts_email_marketing email_opt_in email_optin opt_in optin opted_in"
    " optedin is_active active enabled consent email_consent marketing_consent gdpr_consent"
    " marketing_permission newsletter_opt_in wants_newsletter receives_newsletter aktiv abonniert"
    " einwilligung newsletter_einwilligung zustimmung abonne actif consentement suscrito activo"
    " consentimiento iscritto attivo consenso ingeschreven actief toestemming ativo"
    " consentimento subscribed_at subscribed_on subscribe_date subscription_date date_subscribed",
    ReaderField.CONFIRMED: "confirmed is_confirmed email_confirmed verified is_verified"
    " email_verified activated double_opt_in doubleoptin double_optin opt_in_confirmed"
    " marketing_email_confirmation marketing_email_confirmation_status bestatigt confirme"
    " confirmado confermato bevestigd",
    ReaderField.DISABLED: "disabled is_disabled email_disabled unsubscribed is_unsubscribed"
    " has_unsubscribed unsubscribe unsubscribed_from_all_email unsubscribed_from_all_emails"
    " unsubscribed_from_emails portal_unsubscribe global_unsubscribe email_optout email_opt_out"
    " has_opted_out_of_email opt_out optout opted_out has_opted_out opted_out_of_email*"
    " hs_email_optout* removed deleted archived no_mail no_email abgemeldet ausgetragen"
    " deaktiviert desabonne desinscrit desactive dado_de_baja baja desuscrito disiscritto"
    " disattivato uitgeschreven afgemeld descadastrado desinscrito",
    ReaderField.RECEIVES: "receiving_emails_for",
    ReaderField.CATEGORIES: "categories",
    ReaderField.DEPTH: "depth",
    ReaderField.HOUR: "hour",
    ReaderField.TIME_ZONE: "time_zone timezone",
    ReaderField.LANGUAGE: "language locale sprache langue idioma lingua taal",
    ReaderField.PAUSED_UNTIL: "paused_until",
    ReaderField.CONFIRMED_AT: "confirmed_at confirm_time confirmed_on opted_in_at optin_time"
    " opt_in_time opt_in_at opt_in_date optin_date double_opt_in_at consent_timestamp"
    " email_marketing_consent_timestamp consent_date bestatigt_am",
}
"""The names of each field, those that are looked for first at the front."""

SAYS_NOTHING: Final = (
    "id uuid uniqid unique_id subscriber_id contact_id customer_id record_id member_id user_id"
    " external_id line reason name first_name firstname last_name lastname full_name fullname fname"
    " lname middle_name surname nickname vorname nachname anrede titel prenom nom civilite nombre"
    " apellido apellidos nome cognome sobrenome voornaam achternaam naam tussenvoegsel salutation"
    " title job_title gender geschlecht sexo birthday birthdate date_of_birth geburtstag age"
    " company company_name organization organisation firma entreprise empresa azienda bedrijf phone"
    " phone_number mobile mobile_phone_number telephone telefon telefono telefone telefoon tel sms"
    " fax website url street strasse rue calle via address_1 address_2 address1 address2 city ort"
    " stadt ville ciudad citta cidade plaats zip zip_code zipcode postal_code postcode plz"
    " code_postal province region bundesland state_region state_province country country_code land"
    " pays pais paese latitude longitude location gmtoff dstoff cc ip ip_address"
    " note notes notizen comment comments tag tags label labels"
    " list lists list_name group groups group_membership segment segments source signup_source"
    " subscription_source acquisition_source utm_* referrer referring_site custom_fields attributes"
    " metadata data created created_at created_on created_date create_date date_created date_added"
    " added added_at added_time added_on signup_date sign_up_date joined joined_at date_joined"
    " join_date"
    " registered registered_at registration_date start_date updated updated_at modified modified_at"
    " modified_time last_modified last_modified_date last_changed last_activity*"
    " last_active last_open* last_click* last_seen* opens clicks sent open_rate click_rate"
    " opens_count clicks_count emails_sent emails_opened* num_emails_opened emails_received*"
    " links_clicked score points rating member_rating engagement_score stripe_* plan tier tiers"
    " subscription_tier expiry expires_at complimentary_plan total_spent total_orders orders_count"
    " revenue currency"
)
"""Names that say nothing of who may be written to. Their cells are searched all the same."""


def means(names: str, name: str) -> bool:
    """Return whether a folded name is one of these."""
    return rank(names, name) is not None


def rank(names: str, name: str) -> int | None:
    """Return where a folded name stands among these, from 0; None when it does not."""
    for place, one in enumerate(names.split()):
        if name == one or (one.endswith("*") and name.startswith(one[:-1])):
            return place
    return None


def understood() -> str:
    """Return the tables: what names mean in any file, and in the exports of services.

    Names are folded: small letters, without accents, `_` between words; `*` is any end.
    """
    general = [(meaning.value, _ticked(names)) for meaning, names in NAMES.items()]
    general.append((NOTHING, _ticked(SAYS_NOTHING)))
    services = [
        (
            f"`{form.name}`",
            "; or ".join(map(_ticked, form.marks)),
            _meant(form.columns, form.nothing),
        )
        for form in SERVICES
        if form.marks
    ]
    return "\n\n".join(
        [
            _table(("field", "names in any file"), general),
            _table(("service", "known by", "what it means by its names"), services),
        ]
    )


def _meant(columns: Mapping[ReaderField, str], nothing: str) -> str:
    meanings = [f"{meaning}: {_ticked(names)}" for meaning, names in columns.items()]
    if nothing:
        meanings.append(f"{NOTHING}: {_ticked(nothing)}")
    return "; ".join(meanings)


def _ticked(names: str) -> str:
    return " ".join(f"`{name}`" for name in names.split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
