//! ID tokens (OpenID Connect Core): their signature and claims.

mod claims;
mod error;
mod server_keys;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::discovery::Discovery;
use evergrant::runtime::{Runtime, Timestamp, TokioRuntime};
use evergrant::{Secret, Token};
use serde::Deserialize;
use serde_json::{Map, Value};

use self::claims::Expected;
pub use self::claims::IdTokenClaims;
pub use self::error::{IdTokenError, IdTokenProblem};
use self::server_keys::ServerKeys;
use crate::algorithm::Algorithm;

/// Verifies the ID tokens of one issuer for one client (OpenID Connect Core section 3.1.3.7). Cloning is cheap; all
/// clones share the cached keys.
///
/// An ID token says who has signed in. A program that only calls APIs does not need it. `SignIn` sends a `nonce` with
/// the scope `openid`; pass it to [`verify`](Self::verify), so that an ID token of another sign-in is rejected.
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// # async fn ask_the_user_to_visit(_: &str) -> String { String::new() }
/// use evergrant::AuthorizationCode;
/// use evergrant::discovery::Discovery;
/// use evergrant_jose::IdTokenVerifier;
///
/// let issuer = "https://idp.example.com/realms/a";
/// let id_tokens = IdTokenVerifier::new(Discovery::new(transport.clone()), issuer, "client-id");
/// let tokens = AuthorizationCode::builder("client-id", "not-a-real-secret")
///     .issuer(issuer)
///     .redirect_uri("https://shop.example.com/callback")
///     .scopes(["openid"])
///     .build(transport)?;
///
/// tokens.server_metadata().await?;
/// let sign_in = tokens.sign_in()?;
/// let request = sign_in.begin()?;
/// let redirect = ask_the_user_to_visit(request.url().as_str()).await;
/// let token = sign_in.finish(&request, &redirect).await?;
/// let user = id_tokens.verify(&token, request.nonce()).await?;
/// println!("signed in: {}", user.subject());
/// # Ok(())
/// # }
/// ```
///
/// # What is checked
/// - **Signature**: with a key that the issuer publishes (`jwks_uri` in its metadata), and an asymmetric algorithm that
///   it lists for ID tokens. Tokens without a signature (`none`) or signed with the client secret (HMAC) are rejected.
/// - **`typ`**, if there is one, is `JWT` or `id_token+jwt`, and there is no claim `events`, as in logout tokens.
/// - **`iss`** is the issuer, **`aud`** contains the client id, and **`azp`** is the client id; it is required if there
///   are several audiences.
/// - **`exp`** has not passed, and **`iat`** and **`nbf`** are not in the future, with a
///   [clock skew](Self::clock_skew) of 60 s.
/// - **`nonce`** is the one of the authorization request, if one is passed.
/// - **`at_hash`**, if there is one, belongs to the access token.
///
/// The keys are cached for one hour. A token with a key that is not cached causes another fetch. There is at most one
/// fetch per minute; one that fails counts too, and keeps the keys from before. Key sets of up to 256 KiB and 100 keys
/// are read.
#[derive(Clone)]
pub struct IdTokenVerifier(Arc<Inner>);

#[derive(Clone)]
struct Settings {
    issuer: String,
    client_id: String,
    clock_skew: Duration,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

struct Inner {
    settings: Settings,
    keys: Arc<ServerKeys>,
}

/// Default difference of clocks that is accepted.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Maximum length of an ID token, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The members of the header that matter.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl IdTokenVerifier {
    /// Creates a verifier for the ID tokens that this issuer issues to this client. `discovery` requests the metadata
    /// and the keys of the issuer when they are needed.
    pub fn new(discovery: Discovery, issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        let issuer = issuer.into();
        let runtime = TokioRuntime::default();
        Self(Arc::new(Inner {
            keys: Arc::new(ServerKeys::new(discovery, issuer.clone())),
            settings: Settings {
                issuer,
                client_id: client_id.into(),
                clock_skew: CLOCK_SKEW,
                now: Arc::new(move || runtime.now()),
            },
        }))
    }

    /// Sets the difference of clocks that is accepted for `exp`, `iat` and `nbf`. Default: 60 s.
    #[must_use]
    pub fn clock_skew(self, skew: Duration) -> Self {
        self.with(|settings| settings.clock_skew = skew)
    }

    /// Sets the runtime whose clock applies. Default: the system clock.
    #[must_use]
    pub fn runtime(self, runtime: impl Runtime) -> Self {
        self.with(|settings| settings.now = Arc::new(move || runtime.now()))
    }

    /// Verifies the ID token of a token response, and returns its claims. `nonce` is that of the
    /// [authorization request](evergrant::AuthorizationRequest::nonce); `None` for a sign-in without one, such as on
    /// another device, and for a renewed token.
    ///
    /// # Errors
    /// [`IdTokenError`] if the response contains no ID token, or if it is not accepted.
    pub async fn verify(&self, token: &Token, nonce: Option<&Secret>) -> Result<IdTokenClaims, IdTokenError> {
        let id_token = token.member("id_token").ok_or(IdTokenProblem::Missing)?;
        let (claims, algorithm) = self.check(id_token, nonce).await?;
        match claims.claim("at_hash") {
            Some(hash) if hash != half_hash(algorithm, token.access_token()) => Err(IdTokenProblem::AccessToken.into()),
            _ => Ok(claims),
        }
    }

    /// Verifies an ID token that is not part of a token response, and returns its claims. Same as
    /// [`verify`](Self::verify), but does not check `at_hash`.
    ///
    /// # Errors
    /// [`IdTokenError`] if the ID token is not accepted.
    pub async fn verify_text(&self, id_token: &Secret, nonce: Option<&Secret>) -> Result<IdTokenClaims, IdTokenError> {
        Ok(self.check(id_token, nonce).await?.0)
    }

    async fn check(
        &self,
        id_token: &Secret,
        nonce: Option<&Secret>,
    ) -> Result<(IdTokenClaims, Algorithm), IdTokenProblem> {
        let Inner { settings, keys } = &*self.0;
        let text = id_token.expose();
        if text.len() > MAX_BYTES {
            return Err(IdTokenProblem::Malformed("it is longer than 64 KiB"));
        }
        let (message, signature) = text.rsplit_once('.').ok_or(NOT_A_TOKEN)?;
        let (header, payload) = message.split_once('.').ok_or(NOT_A_TOKEN)?;
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| NOT_A_TOKEN)?;
        if header.crit.is_some() {
            return Err(IdTokenProblem::Malformed(
                "it has critical extensions, which are not supported",
            ));
        }
        if header.typ.is_some_and(|name| !is_id_token_type(&name)) {
            return Err(IdTokenProblem::Malformed("its type (`typ`) is not that of an ID token"));
        }
        let algorithm = algorithm(&header.alg)?;
        let key_id = header.kid.as_deref();
        let keys = keys.get(algorithm, key_id, &*settings.now).await?;
        if !keys.allows(algorithm) {
            return Err(IdTokenProblem::Algorithm(algorithm.name().to_owned()));
        }
        let key = keys.find(algorithm, key_id).ok_or(IdTokenProblem::UnknownKey)?;
        if !key.verifies(algorithm, message.as_bytes(), &decode(signature)?) {
            return Err(IdTokenProblem::Signature);
        }
        let members: Map<String, Value> = serde_json::from_slice(&decode(payload)?).map_err(|_| NOT_A_TOKEN)?;
        let expected = Expected {
            issuer: keys.metadata.issuer(),
            client_id: &settings.client_id,
            nonce,
            now: (settings.now)().wall(),
            clock_skew: settings.clock_skew,
        };
        Ok((IdTokenClaims::check(members, &expected)?, algorithm))
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.0.settings.clone();
        change(&mut settings);
        let keys = Arc::clone(&self.0.keys);
        Self(Arc::new(Inner { settings, keys }))
    }
}

const NOT_A_TOKEN: IdTokenProblem = IdTokenProblem::Malformed("it is not a signed JSON Web Token");

fn decode(part: &str) -> Result<Vec<u8>, IdTokenProblem> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| NOT_A_TOKEN)
}

/// Returns whether an ID token may have this type: the server signs other tokens with the same keys (RFC 8725 section
/// 3.11). The prefix `application/` may be omitted (RFC 7515 section 4.1.9).
fn is_id_token_type(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.strip_prefix("application/").unwrap_or(&name),
        "jwt" | "id_token+jwt"
    )
}

/// Returns the algorithm, which must be asymmetric: everybody has the public key, with which an HMAC could be made.
fn algorithm(name: &str) -> Result<Algorithm, IdTokenProblem> {
    let unsupported = || {
        let shown: String = name.chars().take(20).collect();
        IdTokenProblem::Algorithm(shown.escape_debug().to_string())
    };
    match name.parse() {
        Ok(Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512) | Err(_) => Err(unsupported()),
        Ok(algorithm) => Ok(algorithm),
    }
}

/// Returns the left half of the hash of an access token (OpenID Connect Core section 3.1.3.6).
fn half_hash(algorithm: Algorithm, access_token: &Secret) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
        _ => &digest::SHA512,
    };
    let hash = digest::digest(hash, access_token.expose().as_bytes());
    let bytes = hash.as_ref();
    URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
}

impl fmt::Debug for IdTokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenVerifier")
            .field("issuer", &self.0.settings.issuer)
            .field("client_id", &self.0.settings.client_id)
            .finish_non_exhaustive()
    }
}
