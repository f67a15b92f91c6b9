//! Who is answered: requests to this very address, from its own pages.
//!
//! A page elsewhere on the web can make a browser send requests to the loopback interface, and by
//! rebinding a name it can even read the answers. The first is told by `Origin` and `Sec-Fetch-Site`, the
//! second by `Host`, which is then the other page's name.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::{Application, answer};

/// What pages may load: their own style and script, and nothing from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Refuses requests that name another host or come from elsewhere, and says on all answers what pages may do.
pub(super) async fn guard(State(application): State<Arc<Application>>, request: Request, next: Next) -> Response {
    let refused = refusal(application.host, request.method(), request.headers());
    let mut response = if let Some(why) = refused {
        answer::refused(StatusCode::FORBIDDEN, why)
    } else {
        let path = request.uri().path().to_owned();
        answer::shown(next.run(request).await, &path)
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Forms must say where they come from, so it can't be `no-referrer`.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn refusal(here: SocketAddr, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let hosts = [here.to_string(), format!("localhost:{}", here.port())];
    let only = |name| {
        let mut all = headers.get_all(name).iter();
        all.next().filter(|_| all.next().is_none()).and_then(|value| value.to_str().ok())
    };
    let Some(host) = only(HOST).filter(|host| hosts.iter().any(|known| known.eq_ignore_ascii_case(host))) else {
        return Some("the request names another host");
    };
    let own = |origin: &str| origin.strip_prefix("http://").is_some_and(|of| of.eq_ignore_ascii_case(host));
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    if (changes || headers.contains_key(ORIGIN)) && !only(ORIGIN).is_some_and(own) {
        return Some("the request comes from another page");
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Some("the request comes from another page");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_pages_are_answered() {
        let here: SocketAddr = "127.0.0.1:4000".parse().expect("an address");
        let of = |method: Method, headers: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_str(value).expect("a value"));
            }
            refusal(here, &method, &map).is_none()
        };
        assert!(of(Method::GET, &[("host", "127.0.0.1:4000")]));
        assert!(of(Method::GET, &[("host", "LOCALHOST:4000")]));
        assert!(of(Method::POST, &[("host", "localhost:4000"), ("origin", "http://localhost:4000")]));
        assert!(!of(Method::GET, &[]));
        assert!(!of(Method::GET, &[("host", "127.0.0.1:4001")]));
        assert!(!of(Method::GET, &[("host", "127.0.0.1")]));
        assert!(!of(Method::GET, &[("host", "example.org")]));
        assert!(!of(Method::GET, &[("host", "127.0.0.1:4000"), ("host", "example.org")]));
        assert!(!of(Method::GET, &[("host", "127.0.0.1:4000"), ("sec-fetch-site", "cross-site")]));
        assert!(!of(Method::GET, &[("host", "127.0.0.1:4000"), ("origin", "http://example.org")]));
        assert!(!of(Method::POST, &[("host", "127.0.0.1:4000")]));
        for origin in [
            "null",
            "https://127.0.0.1:4000",
            "http://localhost:4000",
            "http://127.0.0.1",
            "http://127.0.0.1:4000.example.org",
        ] {
            assert!(!of(Method::POST, &[("host", "127.0.0.1:4000"), ("origin", origin)]), "{origin}");
        }
    }
}
