//! Safety rules that an application switches off: each is an event when something is built with it, and a process can forbid
//! them all.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::RelaxationForbidden;
use crate::origin::Origin;

/// A safety rule that an application has switched off with a `danger_*` setting.
///
/// Every builder applies the relaxations that it was given when it builds: each is an event, `evergrant.relaxed`, and after
/// [`forbid_all`](Self::forbid_all) each is an error. `SECURITY.md` lists all settings of this kind.
///
/// A [`Transport`](crate::Transport) of your own that switches off a rule names it in
/// [`relaxations`](crate::Transport::relaxations); any other code applies it itself:
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
    /// A relaxation by the name of its setting, and what the setting allows.
    #[must_use]
    pub fn new(setting: &'static str, effect: impl Into<Cow<'static, str>>) -> Self {
        let effect = effect.into();
        Self { setting, effect }
    }

    /// Forbids every relaxation in this process, from now on and for good: whatever is built with one fails. What was built
    /// before keeps its settings, so call this first, in `main`.
    ///
    /// ```
    /// use evergrant::{BuildError, ClientCredentials, Relaxation};
    ///
    /// # fn run(transport: evergrant::SharedTransport) {
    /// Relaxation::forbid_all();
    /// let built = ClientCredentials::new("client-id", "not-a-real-secret")
    ///     .token_url("http://sidecar.internal/token")
    ///     .danger_allow_http_to("http://sidecar.internal".parse().unwrap())
    ///     .build(transport);
    /// assert!(matches!(built, Err(BuildError::RelaxationForbidden(_))));
    /// # }
    /// ```
    pub fn forbid_all() {
        FORBIDDEN.store(true, Ordering::Relaxed);
    }

    /// Emits the event `evergrant.relaxed`.
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
            "a safety rule is switched off"
        );
        Ok(())
    }

    pub(crate) fn plain_http(origin: &Origin) -> Self {
        let effect = format!("credentials travel unencrypted to {origin}");
        Self::new("danger_allow_http_to", effect)
    }

    #[cfg(feature = "sign-in")]
    pub(crate) fn missing_state() -> Self {
        let effect = "a redirect without `state` counts, if it comes to the redirect URI's path";
        Self::new("danger_allow_missing_state", effect)
    }

    pub(crate) fn any_origin() -> Self {
        Self::new("danger_allow_any_origin", "credentials go wherever a request leads")
    }
}
