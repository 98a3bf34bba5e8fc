//! Migrates a slot from one master to another in two steps, so that a test can use the state between them.

use anyhow::{Context as _, Result};

use super::RedisCluster;

/// A slot migration in progress.
#[derive(Debug)]
#[must_use = "the slot is migrating until `finish_migration` is called"]
pub struct SlotMigration {
    slot: String,
    source: usize,
    target: usize,
}

impl RedisCluster {
    /// Starts to migrate the slot of this key. From now on, its master redirects clients to another master for keys
    /// that it does not have (`ASK`).
    ///
    /// # Errors
    /// The cluster does not respond.
    pub fn begin_migration(&self, key: &str) -> Result<SlotMigration> {
        let slot = self.nodes[0].command(&["CLUSTER", "KEYSLOT", key])?.number();
        let slot = slot.context("the key has no slot")?.to_string();
        let source = self.master_of(key)?;
        let is_master = |index: &usize| {
            let role = self.nodes[*index].info(&["INFO", "replication"], "role");
            *index != source && role.is_ok_and(|role| role == "master")
        };
        let target = (0..self.nodes.len()).find(is_master);
        let target = target.context("there is no other master")?;
        let set = |node: usize, what: &str, other: usize| {
            self.nodes[node].command(&["CLUSTER", "SETSLOT", &slot, what, &self.id(other)?])
        };
        set(target, "IMPORTING", source)?;
        set(source, "MIGRATING", target)?;
        Ok(SlotMigration { slot, source, target })
    }

    /// Moves the remaining keys of the slot, and makes its old master redirect clients to the new one (`MOVED`). Does
    /// not support servers with passwords or TLS.
    ///
    /// # Errors
    /// The cluster does not respond.
    pub fn finish_migration(&self, SlotMigration { slot, source, target }: SlotMigration) -> Result<()> {
        let port = self.nodes[target].port.to_string();
        let keys = self.nodes[source].command(&["CLUSTER", "GETKEYSINSLOT", &slot, "1000"])?;
        for key in keys.list() {
            self.nodes[source].command(&["MIGRATE", "127.0.0.1", &port, key.text(), "0", "1000"])?;
        }
        let id = self.id(target)?;
        for node in [target, source] {
            self.nodes[node].command(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        }
        Ok(())
    }
}
