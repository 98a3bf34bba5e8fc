//! Relaxations: safety rules that an application disables. Each use emits an event, and a process can forbid all
//! relaxations.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::RelaxationForbidden;

/// A safety rule that an application has disabled with a `danger_*` setting.
///
/// Builders apply their relaxations in `build`: each relaxation emits the event `evergrant.relaxed`, or causes `build`
/// to fail after [`forbid_all`](Self::forbid_all). `SECURITY.md` lists all settings of this kind.
///
/// A custom [`Transport`](crate::Transport) returns its relaxations from
/// [`relaxations`](crate::Transport::relaxations). Other code applies its relaxations itself:
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
    /// Creates a relaxation. `setting` is the name of the `danger_*` setting; `effect` describes what the setting
    /// allows, for the event.
    #[must_use]
    pub fn new(setting: &'static str, effect: impl Into<Cow<'static, str>>) -> Self {
        let effect = effect.into();
        Self { setting, effect }
    }

    /// Permanently forbids all relaxations in this process: each later `build` with a relaxation fails. Call this
    /// function first in `main`, because existing clients and managers keep their relaxations.
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

    /// Emits the event `evergrant.relaxed` for this relaxation.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] after [`forbid_all`](Self::forbid_all), without an event.
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
