//! The examples of RFC 7515 (appendix A), RFC 7638 (section 3.1) and RFC 8037 (appendix A).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::public_key::PublicKey;
use super::{Curve, PrivateKey};
use crate::{Algorithm, KeyErrorKind};

/// RFC 7515 appendix A.2.
const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ","p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc","q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc","dp":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0","dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU","qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"}"#;
/// RFC 7515 appendix A.3.
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
/// RFC 7515 appendix A.4.
const P521: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2","d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}"#;
/// RFC 8037 appendix A.1.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn sign(jwk: &str, message: &str) -> String {
    let signature = PrivateKey::from_jwk(jwk).unwrap().sign_now(message.as_bytes());
    URL_SAFE_NO_PAD.encode(signature.unwrap())
}

#[test]
fn rfc_7515_a_2_has_the_same_rs256_signature() {
    let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    assert_eq!(
        sign(RSA, message),
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
}

#[test]
fn rfc_8037_a_4_has_the_same_eddsa_signature() {
    assert_eq!(
        sign(ED25519, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn rfc_7638_and_rfc_8037_have_the_same_thumbprints() {
    let rfc_7638 = PublicKey::Rsa {
        n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".to_owned(),
        e: "AQAB".to_owned(),
    };
    assert_eq!(rfc_7638.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let rfc_8037 = PrivateKey::from_jwk(ED25519).unwrap();
    assert_eq!(rfc_8037.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn public_jwks_are_those_of_the_rfcs_and_have_no_private_member() {
    for (jwk, algorithm) in [(RSA, "RS256"), (P256, "ES256"), (P521, "ES512"), (ED25519, "EdDSA")] {
        let private: serde_json::Value = serde_json::from_str(jwk).unwrap();
        let key = PrivateKey::from_jwk(jwk).unwrap().with_key_id("key-1");
        let public: serde_json::Value = serde_json::from_str(&key.public_jwk()).unwrap();
        for name in ["kty", "crv", "n", "e", "x", "y"] {
            assert_eq!(public[name], private[name], "{name} of {algorithm}");
        }
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(public[name].is_null(), "{name} of {algorithm}");
        }
        assert_eq!((&public["alg"], &public["kid"]), (&algorithm.into(), &"key-1".into()));
        assert_eq!(public["use"], "sig");
    }
}

#[test]
fn keys_are_the_same_after_a_round_trip_through_pem() {
    for jwk in [RSA, P256, P521, ED25519] {
        let key = PrivateKey::from_jwk(jwk).unwrap();
        let read = PrivateKey::parse(key.to_pem().unwrap().expose()).unwrap();
        assert_eq!(read.thumbprint(), key.thumbprint());
    }
}

#[test]
fn a_jwk_determines_algorithm_and_key_id() {
    let with = |members: &str| PrivateKey::from_jwk(&RSA.replacen('{', &format!("{{{members},"), 1));
    let key = with(r#""alg":"PS384","kid":"a\u00e9","use":"sig""#).unwrap();
    assert_eq!((key.algorithm, key.key_id.as_deref()), (Algorithm::Ps384, Some("aé")));
    assert_eq!(
        with(r#""alg":"ES256""#).unwrap_err().kind(),
        KeyErrorKind::WrongAlgorithm
    );
    assert_eq!(
        with(r#""alg":"RSA-OAEP""#).unwrap_err().kind(),
        KeyErrorKind::WrongAlgorithm
    );
    assert_eq!(with(r#""use":"enc""#).unwrap_err().kind(), KeyErrorKind::WrongAlgorithm);
}

#[test]
fn a_jwk_set_has_one_private_key() {
    let set = |keys: &[&str]| PrivateKey::from_jwk(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    let public = PrivateKey::from_jwk(P256).unwrap().public_jwk();
    assert!(set(&[&public, ED25519]).is_ok());
    assert_eq!(set(&[&public]).unwrap_err().kind(), KeyErrorKind::NotPrivate);
    assert_eq!(set(&[P256, ED25519]).unwrap_err().kind(), KeyErrorKind::Malformed);
}

#[test]
fn errors_of_a_jwk_contain_no_member_of_it() {
    let hush = "hush-not-a-real-key";
    for jwk in [
        format!(r#"{{"kty":"{hush}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{hush}","e":"AQAB","d":"{hush}"}}"#),
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"AAAA","d":"{hush}!"}}"#),
        format!(r#"{{"kty":"OKP","d":["{hush}"]}}"#),
        format!(r#"{{"kty":"OKP","crv":"{hush}","d":"{hush}"}}"#),
        format!(r#"{{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA","d":"{hush}"}}"#),
        format!(r#"{{"kty":"oct","k":"{hush}"}}"#),
        format!(r#"{{"kty":"OKP","d":"{hush}"#),
    ] {
        let error = PrivateKey::from_jwk(&jwk).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
    }
}

#[test]
fn coordinates_have_the_length_of_the_curve() {
    for (curve, bits) in [(Curve::P256, 256), (Curve::P384, 384), (Curve::P521, 521_usize)] {
        assert_eq!(curve.len(), bits.div_ceil(8));
    }
}

#[test]
fn pem_is_read_with_any_white_space_and_after_other_sections() {
    let key = PrivateKey::from_jwk(P256).unwrap();
    let pem = key.to_pem().unwrap();
    let other = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for text in [
        format!("subject=CN = client\r\n{other}{}", pem.expose().replace('\n', "\r\n")),
        pem.expose().replace('\n', " "),
        format!("\t{}\n\n{other}", pem.expose().trim()),
    ] {
        assert_eq!(
            PrivateKey::from_pem(&text).unwrap().thumbprint(),
            key.thumbprint(),
            "{text}"
        );
    }
    for damaged in [
        pem.expose().replacen("END PRIVATE", "END EC PRIVATE", 1),
        pem.expose().replacen("-----END", "", 1),
        format!("-----BEGIN CERTIFICATE-----\n{}", pem.expose()),
    ] {
        let error = PrivateKey::from_pem(&damaged).unwrap_err();
        assert!(
            matches!(error.kind(), KeyErrorKind::Malformed | KeyErrorKind::NotPrivate),
            "{error}"
        );
    }
}
