//! The store fails: no refresh token is sent twice, and no user has to sign in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evergrant::store::{Changes, Loaded, StoreError, StoreErrorKind, Swap, SwapOutcome};

use crate::process_fleet::support::{FaultyStore, Mode};
use crate::process_fleet::toy_encryption::Keys;

use super::*;

#[tokio::test]
async fn without_the_store_a_valid_token_is_used_and_no_refresh_token_is_sent() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    fixture.store.set_mode(Mode::Failing);
    for _ in 0..30 {
        fixture.clock.advance(seconds(115));
        one.token().await.unwrap();
        fixture.settle(std::slice::from_ref(&one)).await;
    }
    fixture.clock.advance(seconds(3600));
    for manager in [&one, &two] {
        assert_store_failed(manager.token().await);
    }
    assert_refreshes(&fixture, 0);
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(60));
    for manager in [one, two] {
        complete(&fixture, async move { manager.token().await }).await.unwrap();
    }
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn a_sign_in_fails_without_the_store_and_succeeds_with_it() {
    let fixture = fixture();
    let replica = replica(&fixture);
    fixture.store.set_mode(Mode::Failing);
    assert_store_failed(sign_in(&fixture, &replica, JANE).await);
    assert!(matches!(replica.sign_out(JANE).await, Err(Error::StoreFailed(_))));
    fixture.store.set_mode(Mode::Normal);
    sign_in(&fixture, &replica, JANE).await.unwrap();
    replica.for_user(JANE).token().await.unwrap();
}

/// Renews the token of a replica while the store cannot save it.
async fn renew_unsaved(fixture: &Fixture, manager: &TokenManager) -> String {
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let requests = fixture.requests();
    let call = tokio::spawn({
        let manager = manager.clone();
        async move { manager.token().await }
    });
    fixture.auth.wait_for_token_requests(requests + 1).await;
    fixture.store.set_mode(Mode::Failing);
    hold.release();
    value(&complete(fixture, async move { call.await.unwrap() }).await.unwrap())
}

#[tokio::test]
async fn a_token_that_could_not_be_saved_is_saved_when_the_store_recovers() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    let renewed = renew_unsaved(&fixture, &one).await;
    fixture.clock.advance(seconds(20));
    assert_eq!(value(&one.token().await.unwrap()), renewed);
    fixture.store.set_mode(Mode::Normal);
    let written = fixture.store.operations();
    let step = Duration::from_millis(100);
    fixture
        .advance_until(step, || fixture.store.operations() >= written + 2)
        .await;
    let adopted = complete(&fixture, {
        let two = two.clone();
        async move {
            while matches!(two.token().await, Err(Error::StoreFailed(_))) {}
            two.token().await
        }
    });
    assert_eq!(value(&adopted.await.unwrap()), renewed);
    fixture.clock.advance(seconds(3600));
    for manager in [two, one] {
        complete(&fixture, async move { manager.token().await }).await.unwrap();
    }
    assert_refreshes(&fixture, 2);
}

#[tokio::test]
async fn a_token_that_could_not_be_saved_survives_the_eviction_of_its_manager() {
    let fixture = fixture();
    let application = application(&fixture).build(Transport::default()).unwrap();
    let users = UserTokens::builder(application, fixture.store.clone());
    let users = users.capacity(1).build().unwrap();
    sign_in(&fixture, &users, JANE).await.unwrap();
    let renewed = renew_unsaved(&fixture, &users.for_user(JANE)).await;
    for other in ["a", "b", "c"] {
        let _ = users.for_user(other);
    }
    assert_eq!(value(&users.for_user(JANE).token().await.unwrap()), renewed);
    let _ = users.for_user("d");
    fixture.store.set_mode(Mode::Normal);
    fixture.clock.advance(seconds(60));
    fixture.clock.settle().await;
    fixture.clock.advance(seconds(3600));
    let user = users.for_user(JANE);
    complete(&fixture, async move { user.token().await }).await.unwrap();
    assert_refreshes(&fixture, 2);
}

#[tokio::test]
async fn a_lost_response_of_the_store_loses_no_token() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let one = one.clone();
        async move { one.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    fixture.store.set_mode(Mode::LosesResponses);
    hold.release();
    complete(&fixture, async move { call.await.unwrap() }).await.unwrap();
    fixture.store.set_mode(Mode::Normal);
    for manager in [two.clone(), one.clone()] {
        fixture.clock.advance(seconds(60));
        complete(&fixture, async move { manager.token().await }).await.unwrap();
    }
    assert_refreshes(&fixture, 1);
    fixture.clock.advance(seconds(3600));
    for manager in [two, one] {
        complete(&fixture, async move { manager.token().await }).await.unwrap();
    }
    assert_refreshes(&fixture, 2);
}

#[tokio::test]
async fn a_record_that_this_process_cannot_decrypt_is_left_unchanged() {
    let fixture = fixture();
    let store = |name| Keys::protect(Some(&Keys::with_name(name)), fixture.store.clone());
    let (ours, theirs) = (
        replica_on(&fixture, store("ours")),
        replica_on(&fixture, store("theirs")),
    );
    sign_in(&fixture, &ours, JANE).await.unwrap();
    let user = theirs.for_user(JANE);
    let before = record(&fixture, user.store_key().unwrap()).await;
    fixture.clock.advance(seconds(3600));
    let outcome = user.token().await;
    match outcome {
        Err(Error::StoreFailed(error)) => {
            let text = error.to_string();
            assert!(text.contains("cannot decrypt"), "{text}");
        }
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(record(&fixture, user.store_key().unwrap()).await, before);
    ours.for_user(JANE).token().await.unwrap();
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn an_older_copy_of_the_record_is_replaced_with_the_token_of_this_process() {
    let fixture = fixture();
    let users = replica(&fixture);
    sign_in(&fixture, &users, JANE).await.unwrap();
    let user = users.for_user(JANE);
    let key = user.store_key().unwrap().clone();
    let old = record(&fixture, &key).await;
    fixture.clock.advance(seconds(3600));
    user.token().await.unwrap();
    let store = SharedStore::new(fixture.store.clone());
    let current = store.load(&key).await.unwrap().record;
    let swap = Swap::new(current, old.map(Into::into), seconds(86_400));
    store.swap(&key, swap).await.unwrap();
    fixture.clock.advance(seconds(3600));
    user.token().await.unwrap();
    assert_refreshes(&fixture, 2);
}

/// The connection of one replica to the store.
#[derive(Debug, Clone)]
struct Connection {
    store: FaultyStore,
    is_cut: Arc<AtomicBool>,
}

impl Connection {
    fn check(&self) -> Result<(), StoreError> {
        match self.is_cut.load(Ordering::SeqCst) {
            true => Err(StoreError::new(StoreErrorKind::Unavailable, "the connection is cut")),
            false => Ok(()),
        }
    }
}

impl TokenStore for Connection {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.check()?;
        self.store.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.check()?;
        self.store.swap(key, swap).await
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.store.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        self.store.changes()
    }
}

#[tokio::test]
async fn a_replica_with_a_valid_token_leaves_the_renewal_to_one_that_has_lost_the_store() {
    let fixture = fixture();
    let connection = Connection {
        store: fixture.store.clone(),
        is_cut: Arc::default(),
    };
    let replicas = [replica_on(&fixture, connection.clone()), replica(&fixture)];
    sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    let [one, two] = replicas.each_ref().map(|replica| replica.for_user(JANE));
    let first = value(&two.token().await.unwrap());
    fixture.clock.advance(seconds(2900));
    let hold = fixture.auth.hold();
    one.token().await.unwrap();
    fixture.auth.wait_for_token_requests(2).await;
    connection.is_cut.store(true, Ordering::SeqCst);
    hold.release();
    fixture.settle(std::slice::from_ref(&one)).await;
    let renewed = value(&one.token().await.unwrap());
    assert_ne!(renewed, first);
    for _ in 0..20 {
        fixture.clock.advance(seconds(10));
        assert_eq!(value(&two.token().await.unwrap()), first);
        fixture.settle(std::slice::from_ref(&two)).await;
    }
    assert_refreshes(&fixture, 1);
    connection.is_cut.store(false, Ordering::SeqCst);
    let step = Duration::from_millis(100);
    let key = one.store_key().unwrap().clone();
    let lease = async || record(&fixture, &key).await.unwrap().contains("\"lease\"");
    while lease().await {
        fixture.clock.advance(step);
        fixture.clock.settle().await;
    }
    two.token().await.unwrap();
    fixture.settle(std::slice::from_ref(&two)).await;
    assert_eq!(value(&two.token().await.unwrap()), renewed);
    assert_refreshes(&fixture, 1);
}
