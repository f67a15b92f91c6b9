//! HTML: one page without anything from elsewhere.

use std::io::{self, Write};

use quick_xml::escape::escape;

use super::super::place::steers;
use super::{cells, colophon, heading};
use crate::checklist::{Checklist, HEADINGS};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1b1b1b;background:#fff}\
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.4rem .5rem;text-align:left;vertical-align:top}\
thead th{background:#1f3a5f;color:#fff;position:sticky;top:0}tbody th{font-weight:600}\
.reported{background:#e6f3e6}.partial,.unclear{background:#fff4d6}.not-found{background:#fbe3e0}.not-applicable{background:#eee}\
@media print{@page{size:A4 landscape}thead{display:table-header-group}tr{break-inside:avoid}body{margin:0;font-size:10px}}";

/// Writes the page.
pub fn html(checklist: &Checklist, out: &mut dyn Write) -> io::Result<()> {
    let title = plain(&checklist.title);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>Checklist: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>")?;
    writeln!(out, "<h1>Checklist: {title}</h1>\n<p>{}, {}</p>", plain(&heading(checklist)), checklist.stage)?;
    writeln!(out, "<table>\n<thead><tr>")?;
    for heading in HEADINGS {
        writeln!(out, "<th scope=\"col\">{}</th>", plain(heading))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &checklist.rows {
        writeln!(out, "<tr id=\"{}\">", plain(&row.code))?;
        for (index, cell) in cells(row).iter().enumerate() {
            match index {
                0 => writeln!(out, "<th scope=\"row\">{}</th>", plain(cell))?,
                3 => writeln!(out, "<td class=\"{}\">{}</td>", row.verdict.name(), plain(cell))?,
                _ => writeln!(out, "<td>{}</td>", plain(cell))?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n<p>{}</p>\n</body>\n</html>", plain(&colophon(checklist)))
}

fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if steers(c) && c != '\n' { ' ' } else { c }).collect();
    escape(text.as_str()).replace('\n', "<br>")
}
