//! Permits for insecure connections: unencrypted ones, and those that send the password in clear text.

/// The permissions of an engine with network connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Permits {
    pub(crate) unencrypted: UnencryptedConnection,
    pub(crate) clear_text_password: ClearTextPassword,
}

/// The hosts to which an unencrypted connection is allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum UnencryptedConnection {
    #[default]
    OnLoopback,
    Anywhere,
}

/// Whether a server may receive the password in clear text over an unencrypted connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ClearTextPassword {
    #[default]
    Never,
    OnLoopback,
}
