//! `client_secret_post`: credentials in the form.

use crate::Secret;
use crate::exchange::Form;

pub(super) fn apply(client_id: &str, secret: &Secret, form: &mut Form) {
    form.add("client_id", client_id);
    form.add("client_secret", secret.expose());
}
