//! The upload of a cover: an image, a caption, and JSON credits.

use evergrant_testing::RouteRequest;
use serde_json::{Value, json};

use super::books::no_book;
use super::{State, bad_request, require_key};
use crate::multipart::parts;
use crate::routing_and_responses::{OperationResult, json, lock, text};

impl State {
    pub(super) fn upload_cover(&self, request: &RouteRequest<'_>) -> OperationResult {
        require_key(request)?;
        let id = request.value("bookId");
        self.find_book(id).ok_or_else(no_book)?;
        let content_type = request.header("content-type").unwrap_or_default();
        let mut response = json!({"bookId": id});
        let mut cover = None;
        for part in parts(content_type, &request.body).map_err(bad_request)? {
            match part.name.as_str() {
                "cover" if cover.is_some() => return Err(bad_request("there are two covers")),
                "cover" => {
                    let kind = part.content_type.as_deref().unwrap_or_default();
                    if !["image/png", "image/jpeg"].contains(&kind) {
                        return Err(bad_request("the cover is neither image/png nor image/jpeg"));
                    }
                    response["contentType"] = kind.into();
                    response["size"] = part.content.len().into();
                    if let Some(name) = part.file_name {
                        response["fileName"] = name.into();
                    }
                    cover = Some(part.content.to_vec());
                }
                "caption" => {
                    let caption = std::str::from_utf8(part.content);
                    response["caption"] = caption.map_err(|_| bad_request("the caption is not text"))?.into();
                }
                "credits" => {
                    let credits: Option<Value> = serde_json::from_slice(part.content).ok();
                    let credits = credits.filter(|credits| text(credits, "artist").is_some());
                    let is_json = part
                        .content_type
                        .as_deref()
                        .is_some_and(|kind| kind.starts_with("application/json"));
                    let credits = credits.filter(|_| is_json);
                    response["credits"] =
                        credits.ok_or_else(|| bad_request("the credits are not JSON with an artist"))?;
                }
                _ => return Err(bad_request("there is a part with an unknown name")),
            }
        }
        let cover = cover.ok_or_else(|| bad_request("there is no cover"))?;
        lock(&self.covers).insert(id.to_owned(), cover);
        Ok(json(200, &response))
    }
}
