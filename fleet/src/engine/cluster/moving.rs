//! Hands a slot over from one master to another, in two steps, so that a test can look at what is between them.

use anyhow::{Context as _, Result};

use super::RedisCluster;

/// A slot that is on its way.
#[derive(Debug)]
#[must_use = "a slot stays between two masters until `end_move` is called"]
pub struct SlotMove {
    slot: String,
    source: usize,
    target: usize,
}

impl RedisCluster {
    /// Begins to hand over the slot of this key: from now on, its master sends everybody to another one for keys that it has not
    /// (`ASK`).
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn begin_move(&self, key: &str) -> Result<SlotMove> {
        let slot = self.nodes[0].ask(&["CLUSTER", "KEYSLOT", key])?.number();
        let slot = slot.context("a key without a slot")?.to_string();
        let source = self.master_of(key)?;
        let is_master = |index: &usize| {
            let role = self.nodes[*index].info(&["INFO", "replication"], "role");
            *index != source && role.is_ok_and(|role| role == "master")
        };
        let target = (0..self.nodes.len()).find(is_master);
        let target = target.context("there is no other master")?;
        let set = |node: usize, what: &str, other: usize| {
            self.nodes[node].ask(&["CLUSTER", "SETSLOT", &slot, what, &self.id(other)?])
        };
        set(target, "IMPORTING", source)?;
        set(source, "MIGRATING", target)?;
        Ok(SlotMove { slot, source, target })
    }

    /// Moves the rest of the slot's keys, and has its old master send everybody to the new one (`MOVED`). Not for servers with
    /// passwords or TLS.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn end_move(&self, SlotMove { slot, source, target }: SlotMove) -> Result<()> {
        let port = self.nodes[target].port.to_string();
        let keys = self.nodes[source].ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "1000"])?;
        for key in keys.list() {
            self.nodes[source].ask(&["MIGRATE", "127.0.0.1", &port, key.text(), "0", "1000"])?;
        }
        let id = self.id(target)?;
        for node in [target, source] {
            self.nodes[node].ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        }
        Ok(())
    }
}
