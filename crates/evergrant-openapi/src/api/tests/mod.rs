//! What descriptions say.
