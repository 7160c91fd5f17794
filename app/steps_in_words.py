"""What the audit's verbs are in words, who `did this` to `that`, and who acts but no person."""

from typing import Final

from app.actors import CLI, SYSTEM, Verb
from app.sentences import N_, Sentence

VERBS: Final = {
    Verb.BEGIN: N_("began an issue"),
    Verb.PASTE: N_("pasted a digest"),
    Verb.MEND_PASTE: N_("said what becomes of pasted lines"),
    Verb.CHANGE_PASTE: N_("changed a pasted text"),
    Verb.DISCARD_PASTE: N_("discarded a pasted digest"),
    Verb.LOAD: N_("loaded an issue"),
    Verb.LOAD_INTO: N_("loaded a digest into an issue"),
    Verb.CHANGE_ISSUE: N_("changed an issue"),
    Verb.CHANGE_OPTIONS: N_("changed how an issue is sent"),
    Verb.ADD_STORY: N_("added a story"),
    Verb.CHANGE_STORY: N_("changed a story"),
    Verb.DROP_STORY: N_("dropped a story"),
    Verb.RESTORE_STORY: N_("brought a story back"),
    Verb.RESTORE_REVISION: N_("brought an earlier text back"),
    Verb.ORDER_STORIES: N_("put stories in another order"),
    Verb.MOVE_STORIES: N_("moved stories to another category"),
    Verb.DROP_LINES: N_("dropped lines without a place"),
    Verb.APPROVE: N_("approved an issue"),
    Verb.REOPEN: N_("opened an issue again"),
    Verb.SCHEDULE: N_("scheduled an issue"),
    Verb.LAUNCH: N_("launched an issue"),
    Verb.MARK_STALE: N_("let an issue go that was too late"),
    Verb.PAUSE: N_("paused an issue"),
    Verb.RESUME: N_("let an issue go on"),
    Verb.CANCEL: N_("cancelled an issue"),
    Verb.FINISH: N_("finished an issue"),
    Verb.TAKE_DOWN: N_("took something off the web"),
    Verb.PUT_BACK: N_("put something back on the web"),
    Verb.CORRECT: N_("corrected a story"),
    Verb.DRAFT_MAIL: N_("drafted a mail about a correction"),
    Verb.RESEND: N_("sent an issue to a reader again"),
    Verb.WAIVE: N_("waived a finding"),
    Verb.TAKE_BACK_WAIVER: N_("took a waiver back"),
    Verb.ADD_IMAGE: N_("uploaded an image"),
    Verb.SHARE: N_("shared a preview"),
    Verb.REVOKE_SHARE: N_("took a shared preview back"),
    Verb.SEND_TEST: N_("sent a test"),
    Verb.DECIDE_DOUBTS: N_("decided doubts"),
    Verb.ADD_CATEGORY: N_("added a category"),
    Verb.CHANGE_CATEGORY: N_("changed a category"),
    Verb.CHANGE_PUBLICATION: N_("changed the publication"),
    Verb.CHANGE_LOOK: N_("changed the look"),
    Verb.MAKE_KEY: N_("made an API key"),
    Verb.REVOKE_KEY: N_("revoked an API key"),
    Verb.ADD_WEBHOOK: N_("added a webhook"),
    Verb.CHANGE_WEBHOOK: N_("changed a webhook"),
    Verb.REMOVE_WEBHOOK: N_("removed a webhook"),
    Verb.ROTATE_WEBHOOK: N_("gave a webhook a new secret"),
    Verb.ENABLE_WEBHOOK: N_("let a webhook go on"),
    Verb.DISABLE_WEBHOOK: N_("stopped a webhook"),
    Verb.REPLAY_WEBHOOK: N_("told a webhook again"),
    Verb.SEND_SAMPLE: N_("sent a webhook a sample"),
    Verb.ADD_USER: N_("added a person"),
    Verb.CHANGE_USER: N_("changed a person’s name or roles"),
    Verb.REMOVE_USER: N_("removed a person"),
    Verb.SEND_SIGN_IN: N_("had a link to sign in sent"),
    Verb.MAKE_SIGN_IN_LINK: N_("made a link to sign in"),
    Verb.SIGN_IN: N_("signed in"),
    Verb.SIGN_OUT: N_("signed out"),
    Verb.ADD_PASSKEY: N_("added a passkey"),
    Verb.REMOVE_PASSKEY: N_("removed a passkey"),
    Verb.BIND_IDENTITY: N_("was bound to an account at a provider"),
    Verb.REMOVE_IDENTITY: N_("unbound an account at a provider"),
    Verb.ADD_READERS: N_("added readers"),
    Verb.CHANGE_READER: N_("changed a reader"),
    Verb.UNSUBSCRIBE: N_("let a reader leave"),
    Verb.ERASE_READER: N_("erased a reader"),
    Verb.SUPPRESS: N_("suppressed an address"),
    Verb.LIFT: N_("lifted a suppression"),
    Verb.UPLOAD_IMPORT: N_("uploaded an import"),
    Verb.CHANGE_IMPORT: N_("changed an import"),
    Verb.START_IMPORT: N_("started an import"),
    Verb.DISCARD_IMPORT: N_("discarded an import"),
    Verb.PAUSE_ACCOUNT: N_("paused all sending"),
    Verb.RESUME_ACCOUNT: N_("let sending go on"),
    Verb.START_WARM_UP: N_("began to warm the sending domain up"),
    Verb.STOP_WARM_UP: N_("ended the warm-up of the sending domain"),
    Verb.REPEAT_WARM_UP: N_("let a step of the warm-up come once more"),
    Verb.RESTORED: N_("reported a restored backup"),
    Verb.BRING_IN: N_("brought in a whole export"),
    Verb.ADD_PAST_ISSUE: N_("put a past issue into the archive"),
    Verb.MIGRATE_PEPPER: N_("put a new pepper over all hashes of addresses"),
    Verb.APPLY_EVENTS_AGAIN: N_("had unread events read again"),
}

OTHERS: Final = {
    CLI.name: N_("Command line"),
    SYSTEM.name: N_("The service itself"),
}
"""Those who change things and are neither a person nor a key, by their name in the audit."""


def step_in_words(who: str, verb: str) -> Sentence:
    """Return who did what, as `Ada changed a story`; a verb that is unknown here as it is."""
    name = OTHERS.get(who)
    done = VERBS.get(Verb(verb)) if verb in set(Verb) else None
    return Sentence(
        "%(who)s %(did)s",
        who=Sentence(name) if name else who,
        did=Sentence(done) if done else verb.replace("_", " "),
    )
