//! `client_assertions`: measures what client authentication costs a fetch, with a secret and with keys, and what a
//! signature costs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use clap::Parser;
use evergrant::client_auth::SharedClientAuth;
use evergrant::error::TransportError;
use evergrant::{ClientCredentials, TokenManager, Transport};
use evergrant_jose::{Algorithm, AssertionOptions, Audience, PrivateKey, PrivateKeyJwt, Signer as _};
use http::{Request, Response};
use huskarl::core::crypto::signer::JwsSignerSelector as _;
use huskarl_crypto_native::asymmetric::signer::{GenerateAlgorithm, PrivateKey as HuskarlKey};
use serde_json::json;

/// Measures fetches whose server responds at once in the same process, and signatures: microseconds of the best of
/// seven rounds, and the ratio to a fetch with a secret.
#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object per line instead of a table.
    #[arg(long)]
    json: bool,
}

const ROUNDS: u32 = 7;
const CALLS: u32 = 200;
/// The size of a signing input: header and claims in base64url.
const MESSAGE: [u8; 400] = [b'x'; 400];

/// Responds with a token at once.
#[derive(Debug, Clone)]
struct Immediate;

impl Transport for Immediate {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        black_box(request);
        let token = br#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;
        Ok(Response::new(Bytes::from_static(token)))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut figures: Vec<(String, Duration)> = Vec::new();
    let secret = fetch(&tokens("not-a-real-secret")?).await?;
    figures.push(("fetch, client_secret_basic".to_owned(), secret));
    let algorithms = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256];
    for algorithm in algorithms {
        let key = PrivateKey::generate(algorithm)?;
        let assertions = AssertionOptions::new().audience(Audience::TokenEndpoint);
        let tokens = tokens(PrivateKeyJwt::new(key.clone()).options(assertions))?;
        figures.push((format!("fetch, private_key_jwt {algorithm}"), fetch(&tokens).await?));
        let sign = best(async || key.sign(&MESSAGE).await.map(drop)).await?;
        figures.push((format!("signature {algorithm}, evergrant-jose"), sign));
    }
    let theirs = [
        (GenerateAlgorithm::EdDsa, "EdDSA"),
        (GenerateAlgorithm::Es256, "ES256"),
        (GenerateAlgorithm::Rs256 { modulus_length: 2048 }, "RS256"),
        (GenerateAlgorithm::Ps256 { modulus_length: 2048 }, "PS256"),
    ];
    for (algorithm, name) in theirs {
        let key = HuskarlKey::generate(algorithm, None)?;
        let sign = best(async || key.select_signer().await.sign(&MESSAGE).await.map(drop)).await?;
        figures.push((format!("signature {name}, huskarl-crypto-native"), sign));
    }
    for (name, duration) in figures {
        let (microseconds, ratio) = (
            duration.as_secs_f64() * 1e6,
            duration.as_secs_f64() / secret.as_secs_f64(),
        );
        match options.json {
            true => println!(
                "{}",
                json!({ "what": name, "microseconds": microseconds, "ratio": ratio })
            ),
            false => println!("{name:<42} {microseconds:>9.1} {ratio:>7.1}"),
        }
    }
    Ok(())
}

fn tokens(auth: impl Into<SharedClientAuth>) -> Result<TokenManager> {
    let builder = ClientCredentials::builder("bench-client", auth).token_url("https://auth.example.com/token");
    Ok(builder.build(Immediate)?)
}

async fn fetch(tokens: &TokenManager) -> Result<Duration> {
    best(async || tokens.fetch_token().await.map(drop)).await
}

/// Returns the time of one call: the mean of the best round.
async fn best<E>(call: impl AsyncFn() -> Result<(), E>) -> Result<Duration>
where
    anyhow::Error: From<E>,
{
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..CALLS {
            call().await?;
        }
        best = best.min(started.elapsed() / CALLS);
    }
    Ok(best)
}
