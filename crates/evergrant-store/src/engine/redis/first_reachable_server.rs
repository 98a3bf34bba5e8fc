//! Queries several servers, one after the other, without waiting long for any of them.

use std::future::Future;
use std::time::Duration;

use evergrant::store::{StoreError, StoreErrorKind};
use tokio::task::JoinSet;

use crate::time_limits::timeout;

/// Time without a response after which the next server is queried too.
const HEAD_START: Duration = Duration::from_millis(100);

/// Returns the first successful response, or the last error.
pub(super) async fn answer<T, F>(questions: impl IntoIterator<Item = F>) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let mut questions = questions.into_iter();
    let mut asked = JoinSet::new();
    let mut failure = StoreError::new(StoreErrorKind::Unavailable, "there is no server");
    loop {
        match questions.next() {
            Some(question) => drop(asked.spawn(question)),
            None if asked.is_empty() => return Err(failure),
            None => {}
        }
        match timeout(HEAD_START, asked.join_next()).await {
            Ok(Some(Ok(Ok(answer)))) => return Ok(answer),
            Ok(Some(Ok(Err(error)))) => failure = error,
            Ok(Some(Err(error))) => failure = StoreError::new(StoreErrorKind::Other, error),
            Ok(None) | Err(_) => {}
        }
    }
}
