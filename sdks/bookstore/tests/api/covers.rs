//! The multipart form: what it may lack, and what becomes of it when the key is refused.

use bookstore::Error;
use bookstore::operations::books::UploadCoverForm;
use emulations::Bookstore;
use evergrant_sdk::FilePart;
use evergrant_testing::Answer;

use crate::common::{builder, client, code, keyed, requests};

fn picture(bytes: &[u8]) -> FilePart {
    FilePart::new(bytes.to_vec()).content_type("image/png")
}

#[tokio::test]
async fn what_is_optional_is_left_out() {
    let shop = Bookstore::start();
    let form = UploadCoverForm::new(picture(b"x"));
    let cover = client(&shop).books().upload_cover("book-1", form).send().await.unwrap();
    assert_eq!(
        (&cover.caption, &cover.credits, &cover.file_name),
        (&None, &None, &None)
    );
    let request = shop.api_requests().pop().unwrap();
    let content_type = request.header("content-type").unwrap();
    assert!(
        content_type.starts_with("multipart/form-data; boundary="),
        "{content_type}"
    );
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, request.body.len());
}

#[tokio::test]
async fn bytes_and_texts_arrive_as_they_are() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let tricky = b"\r\n--boundary\r\n\r\n--".to_vec();
    for bytes in [all, tricky, Vec::new()] {
        let caption = "Ein \"Drache\"\r\nschläft; name=\"cover\"";
        let form = UploadCoverForm::new(picture(&bytes).file_name("a \"b\"\r\n.png")).caption(caption);
        let cover = client.books().upload_cover("book-1", form).send().await.unwrap();
        assert_eq!(cover.caption.as_deref(), Some(caption));
        assert_eq!(usize::try_from(cover.size), Ok(bytes.len()));
        assert_eq!(shop.cover("book-1").unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_picture_is_read_from_a_file_with_its_name() {
    let shop = Bookstore::start();
    let file = std::env::temp_dir().join(format!("bookstore-cover-{}.png", std::process::id()));
    std::fs::write(&file, b"\x89PNG").unwrap();
    let part = FilePart::from_path(&file);
    std::fs::remove_file(&file).unwrap();
    let form = UploadCoverForm::new(part.unwrap().content_type("image/png"));
    let cover = client(&shop).books().upload_cover("book-1", form).send().await.unwrap();
    assert_eq!(cover.file_name.as_deref(), file.file_name().unwrap().to_str());
    assert_eq!(shop.cover("book-1").unwrap(), b"\x89PNG");
}

#[tokio::test]
async fn a_form_that_is_refused_says_why() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let text = UploadCoverForm::new(FilePart::new(b"x".to_vec()).content_type("text/plain"));
    let outcome = client.books().upload_cover("book-1", text).send().await;
    assert_eq!(code(outcome), (400, "bad_request".to_owned()));
    let form = UploadCoverForm::new(picture(b"x"));
    let outcome = client.books().upload_cover("book-9", form).send().await;
    assert_eq!(code(outcome), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_key_that_is_refused_is_not_tried_twice() {
    let shop = Bookstore::start();
    let form = UploadCoverForm::new(picture(b"x"));
    let wrong = keyed(&shop, "not-a-real-key-either");
    let outcome = wrong.books().upload_cover("book-1", form.clone()).send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (0, 1));
    assert_eq!(shop.cover("book-1"), None);

    // Nor a right one, which cannot be had anew; and no token is asked for in its place.
    shop.api().next(Answer::new(401));
    let outcome = client(&shop).books().upload_cover("book-1", form.clone()).send().await;
    assert_eq!(outcome.unwrap_err().status().unwrap(), 401);
    assert_eq!(requests(&shop), (0, 2));

    let without = builder(&shop).build().unwrap();
    let error = without.books().upload_cover("book-1", form).send().await.unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    assert_eq!(requests(&shop), (0, 2));
}
