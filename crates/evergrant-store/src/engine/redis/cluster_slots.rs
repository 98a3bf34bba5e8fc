//! The slot map of a cluster: which server has which keys.

use std::collections::HashSet;

use redis::{Value, from_redis_value};

use super::address::Address;

/// Ranges of slots and their masters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slots(Vec<(u16, u16, Address)>);

const COUNT: u16 = 16_384;

impl Slots {
    /// Parses the reply of `server` to `CLUSTER SLOTS`. Returns `None` if it is invalid.
    pub(super) fn read(answer: Value, server: &Address) -> Option<Self> {
        let ranges: Vec<Vec<Value>> = from_redis_value(answer).ok()?;
        if ranges.len() > usize::from(COUNT) {
            return None;
        }
        let ranges = ranges.into_iter().map(|range| {
            let mut parts = range.into_iter();
            let first = from_redis_value(parts.next()?).ok()?;
            let last = from_redis_value(parts.next()?).ok()?;
            let Value::Array(master) = parts.next()? else {
                return None;
            };
            let mut master = master.into_iter();
            let host: Option<String> = from_redis_value(master.next()?).ok()?;
            let port: u16 = from_redis_value(master.next()?).ok()?;
            let address = server.naming(host.as_deref().unwrap_or_default(), port)?;
            Some((first, last, address))
        });
        ranges.collect::<Option<Vec<_>>>().map(Self)
    }

    pub(super) fn owner(&self, key: &str) -> Option<&Address> {
        let slot = slot(key);
        let range = self.0.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        range.map(|(_, _, address)| address)
    }

    /// Returns the masters without duplicates.
    pub(super) fn masters(&self) -> Vec<&Address> {
        let mut seen = HashSet::new();
        let addresses = self.0.iter().map(|(_, _, address)| address);
        addresses.filter(|address| seen.insert(*address)).collect()
    }
}

/// Returns the slot of a key. If the key has a non-empty hash tag in braces, only the tag is hashed.
fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let hashed = tag.map(|(tag, _)| tag).filter(|tag| !tag.is_empty()).unwrap_or(key);
    crc16(hashed.as_bytes()) % COUNT
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc: u16, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => crc << 1 ^ 0x1021,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_match_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        for (key, other) in [
            ("{user1000}.following", "user1000"),
            ("foo{}{bar}", "foo{}{bar}"),
            ("a{{b}}", "{b"),
        ] {
            assert_eq!(slot(key), crc16(other.as_bytes()) % COUNT, "{key}");
        }
        assert_eq!(slot("foo"), 12_182);
    }

    #[test]
    fn an_owner_without_a_host_has_the_host_of_the_server() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let range = |first, last, host, port| {
            let master = Value::Array(vec![host, Value::Int(port), text("id")]);
            Value::Array(vec![Value::Int(first), Value::Int(last), master])
        };
        let answer = Value::Array(vec![
            range(0, 12_181, text("10.0.0.2"), 2),
            range(12_182, 12_182, text(""), 3),
            range(12_183, 16_000, Value::Nil, 3),
        ]);
        let slots = Slots::read(answer, &Address::parse("10.0.0.1:1", 1).unwrap()).unwrap();
        let owner = |key| slots.owner(key).map(Address::to_string);
        assert_eq!(owner("foo").as_deref(), Some("10.0.0.1:3"));
        assert_eq!(owner("bar").as_deref(), Some("10.0.0.2:2"));
        assert_eq!(slots.masters().len(), 2);
        let many = Value::Array(vec![Value::Array(vec![]); usize::from(COUNT) + 1]);
        assert_eq!(Slots::read(many, &Address::parse("a:1", 1).unwrap()), None);
        assert_eq!(
            Slots::read(
                Value::Array(vec![Value::Array(vec![])]),
                &Address::parse("a:1", 1).unwrap()
            ),
            None
        );
    }
}
