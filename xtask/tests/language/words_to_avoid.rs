//! Words and phrases to avoid, with their replacements. The list is not complete: see the writing guide in
//! CONTRIBUTING.md.

/// Names of types, functions and modules that are not standard terms.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("Arrival", "`CompletionGuard`"),
    ("AtHand", "`Static`"),
    ("Carrier", "`HttpService`"),
    ("Crew", "`Fleet`"),
    ("Departure", "`FlightTask`"),
    ("Entitlement", "`GrantRequest`"),
    ("Errand", "`FetchRequest`"),
    ("Landing", "`FetchOutcome`"),
    ("Ledger", "`LeasedRecord`"),
    ("Mishap", "`FaultKind`"),
    ("Obtained", "`FetchOutcome`"),
    ("Setback", "`CachedFailure`"),
    ("Sight", "`PeekOutcome`"),
    ("Tally", "`Counters`"),
    ("Urgency", "`Priority`"),
    ("World", "`Fixture`"),
    ("crew", "`fleet` or `processes`"),
    ("flight_timeout", "`fetch_timeout`"),
    ("guests", "`connections`"),
    ("honours", "`is_current`"),
    ("is_beyond_doubt", "`rejections_suppressed`"),
    ("ledger", "`leased_record`"),
    ("like_this", "`derived`"),
    ("may_be_used_up", "`is_single_use`"),
    ("mishap", "`fault`"),
    ("obtain_unasked", "`prefetch`"),
    ("patience", "`timeout`"),
    ("quiet_window", "`failure_backoff`"),
    ("silences_callers", "`fails_fast`"),
    ("unsaid", "`assumptions`"),
    ("webs", "`type_depth`"),
];

/// Phrases that are hard to read.
pub(crate) const PHRASES: &[(&str, &str)] = &[
    ("anew", "\"again\" or \"new\""),
    ("are told", "\"are notified\" or \"receive\""),
    ("at hand", "\"available\""),
    ("be it", "\"or\" or \"even if\""),
    ("comes to grief", "\"fails\""),
    ("comes to nothing", "\"fails\""),
    ("for good", "\"permanently\""),
    ("for want of", "\"without\""),
    ("goes its way", "\"continues\""),
    ("had anew", "\"fetched again\""),
    ("however many", "\"for any number of\""),
    ("in passing", "\"transient\""),
    ("is had", "\"is fetched\""),
    ("is no problem of", "\"does not concern\""),
    ("it is none", "\"it does not exist\" or \"it is not\""),
    ("is told", "\"is notified\" or \"receives\""),
    ("look after themselves", "what the program does"),
    ("looks after itself", "what the program does"),
    ("told of", "\"notified of\""),
    ("that is none", "\"that does not exist\" or \"that is not\""),
    ("who has none", "\"without one\""),
    ("who waits", "\"a call that waits\""),
];

/// A path prefix and the words allowed in its files.
pub(crate) struct Exemption {
    path: &'static str,
    /// All words if empty.
    words: &'static [&'static str],
}

impl Exemption {
    pub(crate) fn covers(&self, path: &str, word: &str) -> bool {
        path.starts_with(self.path) && (self.words.is_empty() || self.words.contains(&word))
    }
}

pub(crate) const EXEMPTIONS: &[Exemption] = &[
    Exemption {
        path: "xtask/tests/language/",
        words: &[],
    },
    // The writing guide lists some of them as examples.
    Exemption {
        path: "CONTRIBUTING.md",
        words: &[],
    },
    // A member of books.
    Exemption {
        path: "sdks/bookstore/",
        words: &["World"],
    },
    // The test vector of a draft.
    Exemption {
        path: "crates/evergrant-store/src/key_ring/cipher.rs",
        words: &["be it"],
    },
];
