//! Load and swap, by one caller at a time.

use evergrant::store::{StoreKey, Swap, SwapOutcome};

use crate::store::verdict::{Verdict, ensure};
use crate::store::world::{KEEP, World};

pub(super) async fn where_nothing_was_put_nothing_is_found(world: World) -> Verdict {
    let key = world.key("a");
    for store in world.stores() {
        let loaded = store.load(&key).await?;
        ensure!(
            loaded.record.is_none(),
            "there is a record under a key that nobody used"
        );
    }
    ensure!(
        !world.member(0, &key).clear().await?,
        "a record was removed under a key that nobody used"
    );
    Ok(())
}

pub(super) async fn a_swap_that_expects_nothing_puts_a_record(world: World) -> Verdict {
    let key = world.key("a");
    is(&world, &key, None).await?;
    done(&world, &key, None, Some("first")).await?;
    is(&world, &key, Some("first")).await
}

pub(super) async fn a_swap_that_expects_nothing_leaves_a_record_alone(world: World) -> Verdict {
    let key = world.key("a");
    done(&world, &key, None, Some("first")).await?;
    conflict(&world, &key, None, Some("second")).await?;
    conflict(&world, &key, None, Some("first")).await?;
    conflict(&world, &key, None, None).await
}

pub(super) async fn a_swap_replaces_exactly_the_text_that_it_expects(world: World) -> Verdict {
    let key = world.key("a");
    done(&world, &key, None, Some("Caf\u{e9} 1")).await?;
    let others = [
        "caf\u{e9} 1",
        "Cafe\u{301} 1",
        "Caf\u{e9} 1 ",
        "Caf\u{e9} 1\n",
        "Caf\u{e9}",
        "Caf_ 1",
        "%",
        "",
    ];
    for other in others {
        conflict(&world, &key, Some(other), Some("second")).await?;
        conflict(&world, &key, Some(other), Some(other)).await?;
    }
    done(&world, &key, Some("Caf\u{e9} 1"), Some("second")).await?;
    is(&world, &key, Some("second")).await?;
    conflict(&world, &key, Some("Caf\u{e9} 1"), Some("third")).await?;
    done(&world, &key, Some("second"), Some("second")).await?;
    is(&world, &key, Some("second")).await
}

pub(super) async fn a_swap_that_expects_a_record_conflicts_where_none_is(world: World) -> Verdict {
    let key = world.key("a");
    conflict(&world, &key, Some("first"), Some("second")).await?;
    conflict(&world, &key, Some("first"), None).await?;
    conflict(&world, &key, Some(""), Some("second")).await?;
    done(&world, &key, None, None).await?;
    is(&world, &key, None).await
}

pub(super) async fn a_swap_removes_exactly_the_text_that_it_expects(world: World) -> Verdict {
    let key = world.key("a");
    done(&world, &key, None, Some("first")).await?;
    conflict(&world, &key, Some("second"), None).await?;
    done(&world, &key, Some("first"), None).await?;
    is(&world, &key, None).await?;
    conflict(&world, &key, Some("first"), None).await?;
    conflict(&world, &key, Some("first"), Some("second")).await?;
    done(&world, &key, None, Some("third")).await?;
    is(&world, &key, Some("third")).await
}

pub(super) async fn any_text_comes_back_as_it_was(world: World) -> Verdict {
    let large: String = ('!'..='~').cycle().take(64 * 1024).collect();
    let texts = [
        "",
        " leading and trailing ",
        "line\nline\r\nline\rtab\tend\n",
        r#"{"quotes":"\"'`","backslash":"\\","null":null}"#,
        "'; DROP TABLE evergrant_tokens; --",
        "$1 %s %00 ${x} {0} :name ?",
        "\u{feff}gr\u{fc}n \u{65e5}\u{672c}\u{8a9e} \u{1f511} \u{202e}e\u{301} \u{10ffff} \u{1}\u{7f}",
        &large,
    ];
    let key = world.key("a");
    let mut last = None;
    for text in texts {
        done(&world, &key, last, Some(text)).await?;
        is(&world, &key, Some(text)).await?;
        last = Some(text);
    }
    done(&world, &key, last, None).await
}

pub(super) async fn keys_do_not_touch_one_another(world: World) -> Verdict {
    let names: Vec<String> = (0..20).map(|number| format!("key {number}")).collect();
    for name in &names {
        done(&world, &world.key(name), None, Some(name)).await?;
    }
    done(&world, &world.key(&names[0]), Some(&names[0]), None).await?;
    done(&world, &world.key(&names[1]), Some(&names[1]), Some("another")).await?;
    conflict(&world, &world.key(&names[2]), Some(&names[3]), Some("another")).await?;
    for name in &names[2..] {
        is(&world, &world.key(name), Some(name)).await?;
    }
    is(&world, &world.key(&names[0]), None).await?;
    is(&world, &world.key(&names[1]), Some("another")).await
}

pub(super) async fn the_keys_are_those_of_the_records(world: World) -> Verdict {
    let [kept, replaced, removed, never] = ["kept", "replaced", "removed", "never"].map(|name| world.key(name));
    for key in [&kept, &replaced, &removed] {
        done(&world, key, None, Some("first")).await?;
    }
    done(&world, &replaced, Some("first"), Some("second")).await?;
    done(&world, &removed, Some("first"), None).await?;
    for store in world.stores() {
        let keys = store.keys().await?;
        for key in [&kept, &replaced] {
            let count = keys.iter().filter(|other| *other == key).count();
            ensure!(count == 1, "a key with a record is listed {count} times");
        }
        for key in [&removed, &never] {
            ensure!(!keys.contains(key), "a key without a record is listed");
        }
    }
    Ok(())
}

async fn swap(world: &World, key: &StoreKey, expected: Option<&str>, record: Option<&str>) -> Verdict<SwapOutcome> {
    let swap = Swap::new(expected.map(Into::into), record.map(Into::into), KEEP);
    Ok(world.store(0).swap(key, swap).await?)
}

async fn done(world: &World, key: &StoreKey, expected: Option<&str>, record: Option<&str>) -> Verdict {
    let outcome = swap(world, key, expected, record).await?;
    ensure!(
        outcome == SwapOutcome::Done,
        "a swap conflicts though it expects what is there, {}",
        shown(expected)
    );
    Ok(())
}

/// A swap that conflicts, and changes nothing as any handle sees it.
async fn conflict(world: &World, key: &StoreKey, expected: Option<&str>, record: Option<&str>) -> Verdict {
    let before = world.text(key).await?;
    let outcome = swap(world, key, expected, record).await?;
    ensure!(
        outcome == SwapOutcome::Conflict,
        "a swap that expects {} is done where there is {}",
        shown(expected),
        shown(before.as_deref())
    );
    is(world, key, before.as_deref()).await
}

/// What the record is, through every handle.
async fn is(world: &World, key: &StoreKey, expected: Option<&str>) -> Verdict {
    for (number, store) in world.stores().iter().enumerate() {
        let record = store.load(key).await?.record;
        let record = record.as_ref().map(|record| record.expose());
        ensure!(
            record == expected,
            "handle {number} finds {} where there must be {}",
            shown(record),
            shown(expected)
        );
    }
    Ok(())
}

fn shown(text: Option<&str>) -> String {
    match text {
        None => "nothing".to_owned(),
        Some(text) if text.len() > 100 => format!("a text of {} bytes", text.len()),
        Some(text) => format!("{text:?}"),
    }
}
