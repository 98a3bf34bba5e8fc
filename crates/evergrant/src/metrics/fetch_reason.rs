//! The reasons for fetches and the operations of the store, as shown in labels of metrics and in fields of events.

/// The reason for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No token is cached.
    Missing,
    /// The cached token has expired.
    Expired,
    /// The renewal of the current token is due.
    Renewal,
    /// An API rejected the current token.
    Rejected,
    /// The application requested a token explicitly.
    Requested,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Renewal => "renewal",
            Self::Rejected => "rejected",
            Self::Requested => "requested",
        }
    }
}

/// An operation of the token store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreOperation {
    /// Loads the record.
    Load,
    /// Acquires or extends the lease.
    Lease,
    /// Saves a token.
    Save,
    /// Releases the lease, and shares a failure.
    Release,
    /// Records that an API rejects fresh tokens too.
    ReplayRejected,
}

impl StoreOperation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Lease => "lease",
            Self::Save => "save",
            Self::Release => "release",
            Self::ReplayRejected => "replay_rejected",
        }
    }
}
