//! Relaxations: safety rules that an application disables. Each use emits an event, and a process can forbid all of
//! them.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::RelaxationForbidden;

/// A relaxation: a safety rule that an application has disabled with a `danger_*` setting.
///
/// The `build` method of a client or manager applies each of its relaxations: it emits the event `evergrant.relaxed`,
/// or fails if the process has called [`forbid_all`](Self::forbid_all). `SECURITY.md` lists all `danger_*` settings.
///
/// A custom [`Transport`](crate::Transport) returns its relaxations from
/// [`relaxations`](crate::Transport::relaxations). Other code with a `danger_*` setting of its own calls
/// [`apply`](Self::apply), as in this example.
/// ```
/// use evergrant::Relaxation;
///
/// let proxy = Relaxation::new("danger_debug_proxy", "a debugging proxy reads all requests");
/// proxy.apply()?;
/// # Ok::<(), evergrant::error::RelaxationForbidden>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relaxation {
    setting: &'static str,
    effect: Cow<'static, str>,
}

static FORBIDDEN: AtomicBool = AtomicBool::new(false);

impl Relaxation {
    /// Creates a relaxation. `setting` is the name of the `danger_*` setting. `effect` describes what the setting
    /// allows, for the event `evergrant.relaxed`.
    #[must_use]
    pub fn new(setting: &'static str, effect: impl Into<Cow<'static, str>>) -> Self {
        let effect = effect.into();
        Self { setting, effect }
    }

    /// Forbids all `danger_*` settings in this process, permanently: each later `build` with such a setting fails. Call
    /// this function first in `main`, because clients and managers that exist already are not affected.
    ///
    /// ```
    /// use evergrant::{BuildError, ClientCredentials, Relaxation};
    ///
    /// # fn run(transport: evergrant::SharedTransport) {
    /// Relaxation::forbid_all();
    /// let built = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("http://sidecar.internal/token")
    ///     .danger_allow_http_to("http://sidecar.internal".parse().unwrap())
    ///     .build(transport);
    /// assert!(matches!(built, Err(BuildError::RelaxationForbidden(_))));
    /// # }
    /// ```
    pub fn forbid_all() {
        FORBIDDEN.store(true, Ordering::Relaxed);
    }

    /// Emits the event `evergrant.relaxed` for this relaxation, unless the process forbids relaxations.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] after [`forbid_all`](Self::forbid_all). No event is emitted then.
    pub fn apply(&self) -> Result<(), RelaxationForbidden> {
        if FORBIDDEN.load(Ordering::Relaxed) {
            return Err(RelaxationForbidden::new(self.setting));
        }
        tracing::warn!(
            name: "evergrant.relaxed",
            target: "evergrant",
            setting = self.setting,
            effect = %self.effect,
            "a safety rule is disabled"
        );
        Ok(())
    }

    pub(crate) fn plain_http(origin: &dyn Display) -> Self {
        let effect = format!("credentials are sent without TLS to {origin}");
        Self::new("danger_allow_http_to", effect)
    }

    pub(crate) fn missing_state() -> Self {
        let effect = "a redirect without `state` is accepted if its path is that of the redirect URI";
        Self::new("danger_allow_missing_state", effect)
    }

    pub(crate) fn any_origin() -> Self {
        Self::new("danger_allow_any_origin", "credentials are sent to any origin")
    }
}
