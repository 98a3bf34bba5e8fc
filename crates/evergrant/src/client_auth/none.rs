//! `none`: a public client names itself and proves nothing.

use crate::exchange::Form;

pub(super) fn apply(client_id: &str, form: &mut Form) {
    form.add("client_id", client_id);
}
