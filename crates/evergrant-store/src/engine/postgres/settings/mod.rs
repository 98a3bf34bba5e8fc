//! The settings in a URL, parsed like libpq does, with stricter encryption.

mod url;

use std::sync::atomic::AtomicBool;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, SslNegotiation, TargetSessionAttrs};

use self::url::{Url, invalid};
use super::server_message_inspection::ClearText;
use super::table::Table;
use super::tls::{Encryption, Opening, Tls, Verification};
use crate::engine::certificates::RootFile;
use crate::engine::network_settings::{RemoteSettings, is_host};
use crate::error::StoreBuildError;
use crate::insecure_connections::{ClearTextPassword, Permits};

/// The database, the login and the table.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) table: Table,
    pub(super) opening: Opening,
    /// Whether a pooler has rejected the server-side timeouts.
    pub(super) unlimited: AtomicBool,
}

impl Settings {
    pub(super) fn new(remote: &RemoteSettings) -> Result<Self, StoreBuildError> {
        let url = Url::parse(remote.url.expose())?;
        let table = Table::named(url.option("table").unwrap_or("evergrant_tokens"))?;
        let mut config = url.config()?;
        check_sockets(&config)?;
        if !hosts(&config).iter().all(|host| is_host(host)) {
            return Err(invalid("a host has invalid characters or too many characters"));
        }
        let encryption = match encryption(&url, &config, remote)? {
            Encryption::Off => Encryption::Off,
            Encryption::Offered(verification) => Encryption::Offered(tls(&url, verification)?),
            Encryption::Required(verification) => Encryption::Required(tls(&url, verification)?),
        };
        let clear_text = match (stays_here(&config, remote), remote.permits.clear_text_password) {
            (false, _) => ClearText::RefusedOffLoopback,
            (true, ClearTextPassword::Never) => ClearText::Refused,
            (true, ClearTextPassword::OnLoopback) => ClearText::Allowed,
        };
        // With an address, the driver needs no host name, but it requires one for `Opening`.
        if config.get_hosts().is_empty() {
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        config
            .ssl_mode(SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self {
            opening: Opening { encryption, clear_text },
            config,
            table,
            unlimited: AtomicBool::new(false),
        })
    }
}

fn encryption(
    url: &Url<'_>,
    config: &Config,
    remote: &RemoteSettings,
) -> Result<Encryption<Verification>, StoreBuildError> {
    let chosen = match url.option("sslmode") {
        Some("disable") => Encryption::Off,
        Some("allow" | "prefer") => Encryption::Offered(Verification::Full),
        Some("require" | "verify-full") => Encryption::Required(Verification::Full),
        Some("verify-ca") if url.root_file().is_some() => Encryption::Required(Verification::Chain),
        Some("verify-ca") => {
            return Err(invalid(
                "sslmode=verify-ca would accept any host with a certificate of a public CA; add sslrootcert=FILE, or use \
                 sslmode=verify-full",
            ));
        }
        Some(_) => {
            return Err(invalid(
                "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
        None if url.option("sslrootcert").is_some() || !stays_here(config, remote) => {
            Encryption::Required(Verification::Full)
        }
        None => Encryption::Off,
    };
    if !matches!(chosen, Encryption::Required(_)) {
        check_unencrypted(config, remote)?;
    }
    if matches!(chosen, Encryption::Required(_)) && config.get_hosts().is_empty() {
        return Err(invalid(
            "with hostaddr= alone, there is no host name to verify in the certificate; add host=NAME",
        ));
    }
    // Like libpq: a Unix socket stays on this machine.
    let only_sockets = hosts(config).is_empty();
    Ok(if only_sockets { Encryption::Off } else { chosen })
}

fn tls(url: &Url<'_>, verification: Verification) -> Result<Tls, StoreBuildError> {
    let setting = "sslrootcert";
    Tls::new(url.root_file().map(|path| RootFile { setting, path }), verification)
}

/// Checks that the URL has either Unix sockets or hosts: they are opened differently.
fn check_sockets(config: &Config) -> Result<(), StoreBuildError> {
    let is_network = |host: &Host| matches!(host, Host::Tcp(_));
    let hosts = config.get_hosts();
    if hosts.iter().all(is_network) || config.get_hostaddrs().is_empty() && !hosts.iter().any(is_network) {
        return Ok(());
    }
    Err(invalid(
        "it has a socket's folder and also hosts or addresses; use only one of them",
    ))
}

/// Returns the hosts that are reached over a network: the addresses if there are any, otherwise the names.
fn hosts(config: &Config) -> Vec<String> {
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let names = config.get_hosts().iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(name.clone()),
        #[cfg(unix)]
        Host::Unix(_) => None,
    });
    names.collect()
}

fn check_unencrypted(config: &Config, remote: &RemoteSettings) -> Result<(), StoreBuildError> {
    let mut hosts = hosts(config).into_iter();
    hosts.try_for_each(|host| remote.check_unencrypted(&host, "sslmode=verify-full"))
}

/// Returns whether all hosts are this machine.
fn stays_here(config: &Config, remote: &RemoteSettings) -> bool {
    let strict = RemoteSettings {
        permits: Permits::default(),
        ..remote.clone()
    };
    check_unencrypted(config, &strict).is_ok()
}

#[cfg(test)]
mod tests;
