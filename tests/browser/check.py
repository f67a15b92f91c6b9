"""Opens pages of `realint report` in Chromium and uses them as people do.

Run by tests/browser/run, which says where realint and Chromium are. Each check is a function; all of
them run, and what fails is said at the end.
"""

import argparse
import functools
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unicodedata
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PAGES = {
    "gappy": ["examples/02-gappy-review/review.qmd"],
    "clean": ["examples/01-clean-review/review.md"],
    "protocol": ["examples/04-protocol-file/gappy-protocol.yaml"],
    "word": ["tests/fixtures/docx/word/input.docx"],
    "project": ["examples/review-project"],
    "several": ["examples/02-gappy-review/review.qmd", "examples/03-protocol/protocol.md"],
}
HOSTILE = """# <script>document.title = 'owned'</script> A realist review \u202eof tablets

## Methods

This realist review searched Medline <img src=x onerror="document.title='owned'"> in 2020 \u001b[31m.

<script>document.title = 'owned'</script>

CMOC1: In "small" & <b>rude</b> teams' sheds (C), staff speak up (O).
"""
WORD = re.compile(r"\w+")


class Browser:
    """Chromium with a page of a given size and scheme; notes what a page should never do."""

    def __init__(self, chromium, address):
        self.chromium, self.address = chromium, address

    def open(self, name, size=DESKTOP, scheme="light", script=True):
        context = self.chromium.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script, reduced_motion="reduce")
        page = context.new_page()
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.wrong.append(f"script: {error}"))
        address = f"{self.address}/{name}.html"
        page.on("request", lambda request: None if request.url.startswith((address, "data:")) else page.wrong.append(f"request: {request.url}"))
        page.goto(address)
        return page


def shown(page, selector):
    return page.locator(f"{selector}:visible").count()


def nothing_is_asked_for_and_nothing_goes_wrong(browser):
    for name in [*PAGES, "hostile"]:
        page = browser.open(name)
        page.wait_for_timeout(100)
        assert not page.wrong, f"{name}: {page.wrong}"
        assert page.locator("#filters").count() == 0 or page.locator("#filters").is_visible(), f"{name}: the script ran not"


def hostile_text_is_only_text(browser):
    page = browser.open("hostile")
    assert page.title().startswith("realint: "), page.title()
    assert page.locator("img").count() == 0 and page.locator("script").count() == 1
    assert "\u202e" not in page.content() and "\u001b" not in page.content()


def nothing_is_wider_than_the_page(browser):
    for name in PAGES:
        for size in (PHONE, DESKTOP, {"width": 320, "height": 640}):
            page = browser.open(name, size)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], f"{name}: {width} of {size['width']} pixels"


def axe_finds_nothing(browser):
    for name in PAGES:
        for size, scheme in ((PHONE, "light"), (DESKTOP, "light"), (DESKTOP, "dark")):
            found = Axe().run(browser.open(name, size, scheme))
            said = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found.response["violations"]]
            assert not said, f"{name}, {size['width']} {scheme}: " + "\n".join(said)


def filters_by_severity(browser):
    page = browser.open("gappy")
    everything = shown(page, ".finding")
    errors = page.locator(".finding.error").count()
    page.get_by_label("errors").uncheck()
    assert shown(page, ".finding") == everything - errors == shown(page, ".findings li")
    assert shown(page, ".finding.error") == 0 and shown(page, ".ref.error") == 0
    assert f"{everything - errors} of {everything}" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"[...document.querySelectorAll('.finding')].filter((f) => !f.hidden).length === {everything}")


def filters_by_item(browser):
    page = browser.open("gappy")
    page.get_by_label("Item or code").select_option("RS09")
    assert page.locator(".finding:visible").evaluate_all("all => all.map(f => f.dataset.code)") == ["RS09"]
    assert shown(page, "tr[data-item]") == 1
    assert page.locator(".evidence.chosen").count() > 0
    # A link to what the filter hides shows it.
    page.locator(".summary a").first.click()
    page.wait_for_function("document.activeElement.closest('tr[data-item]') !== null")
    assert page.get_by_label("Item or code").input_value() == ""


def links_lead_there_and_back(browser):
    for name in PAGES:
        page = browser.open(name)
        broken = page.evaluate(
            """() => {
                const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
                const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
                const links = [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href').slice(1));
                return [...twice, ...links.filter((id) => !ids.includes(id))];
            }"""
        )
        assert not broken, f"{name}: {broken}"
    page = browser.open("gappy")
    page.locator("ul.evidence a").nth(8).click()
    assert page.locator(":target").evaluate("e => e.matches('.text .evidence')")
    page.locator(".findings li a").nth(3).click()
    assert page.locator(":target").evaluate("e => e.matches('article.finding')")
    page.locator(":target a[rel=next]").click()
    assert page.evaluate("location.hash") == "#f5"
    assert page.locator("#f5").evaluate("e => e === document.activeElement")


def a_keyboard_is_enough(browser):
    page = browser.open("gappy", PHONE)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "error"
    page.keyboard.press("Space")
    assert shown(page, ".finding.error") == 0
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("RS10")
    assert page.locator(".finding:visible").evaluate_all("all => all.map(f => f.dataset.code)") == ["RS10"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # Everything that can be used is reached, in the order in which it is read.
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, [tabindex=\"0\"]')].filter((e) => e.checkVisibility()).length"
    )
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges(); location.hash = ''")
    page.reload()
    order = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        order.append(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert order == sorted(set(order)), "the focus jumps"
    assert page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def it_reads_without_its_script(browser):
    page = browser.open("gappy", script=False)
    assert not page.locator("#filters").is_visible()
    assert shown(page, ".finding") == shown(page, ".findings li") > 0
    page.locator(".findings li a").first.click()
    assert page.url.endswith("#f1")


def print_has_all_text(browser):
    for name in PAGES:
        page = browser.open(name, scheme="dark")
        text = page.locator("main").evaluate(
            """main => {
                const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
                const words = [];
                while (walker.nextNode()) {
                    if (!walker.currentNode.parentElement.closest('#filters, .more, svg')) words.push(walker.currentNode.data);
                }
                return words.join(' ');
            }"""
        )
        pdf = PdfReader(io.BytesIO(page.pdf(format="A4")))
        # Letters come back as ligatures, and words may be cut at the end of a line.
        printed = unicodedata.normalize("NFKC", "".join(p.extract_text() for p in pdf.pages))
        joined = re.sub(r"\W", "", printed)
        lost = [word for word in set(WORD.findall(unicodedata.normalize("NFKC", text))) if word not in joined]
        assert not lost, f"{name}: {sorted(lost)[:20]}"
        assert len(pdf.pages) < 60, f"{name}: {len(pdf.pages)} pages"


def a_long_manuscript_stays_quick(browser):
    page = browser.open("long")
    taken = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert taken < 3000, f"{taken:.0f} ms to load"
    taken = page.evaluate(
        """() => {
            const box = document.querySelector('[name=severity]');
            const start = performance.now();
            box.click();
            document.body.getBoundingClientRect();
            return performance.now() - start;
        }"""
    )
    assert taken < 500, f"{taken:.0f} ms to filter"


CHECKS = [
    nothing_is_asked_for_and_nothing_goes_wrong,
    hostile_text_is_only_text,
    nothing_is_wider_than_the_page,
    axe_finds_nothing,
    filters_by_severity,
    filters_by_item,
    links_lead_there_and_back,
    a_keyboard_is_enough,
    it_reads_without_its_script,
    print_has_all_text,
    a_long_manuscript_stays_quick,
]


def write_pages(realint, folder):
    def report(name, paths):
        output = folder / f"{name}.html"
        subprocess.run([realint, "report", *paths, "-o", output], cwd=ROOT, check=True)

    for name, paths in PAGES.items():
        report(name, paths)
    (folder / "hostile.md").write_text(HOSTILE, encoding="utf-8")
    report("hostile", [folder / "hostile.md", "--standard", "rameses-synthesis"])
    # Ten thousand words: the sections of an example again and again.
    example = (ROOT / PAGES["gappy"][0]).read_text(encoding="utf-8")
    body = example[example.index("## Methods") :]
    (folder / "long.md").write_text(example + "\n\n" + "\n\n".join(body for _ in range(10_000 // len(body.split()) + 1)), encoding="utf-8")
    report("long", [folder / "long.md"])


def screenshots(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        for size in (PHONE, DESKTOP):
            for scheme in ("light", "dark"):
                page = browser.open(name, size, scheme)
                for part in (".page", ".finding", "section.text", ".configurations", "figure"):
                    if page.locator(part).count() > 0:
                        page.locator(part).first.evaluate("part => part.scrollIntoView()")
                        page.screenshot(path=folder / f"{name}-{size['width']}-{scheme}-{part.split('.')[-1]}.png")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--realint", required=True)
    arguments.add_argument("--chromium", required=True)
    arguments.add_argument("--screenshots", type=pathlib.Path, help="also write pictures of the pages here")
    arguments = arguments.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_pages(pathlib.Path(arguments.realint).resolve(), folder)

        class Quiet(SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            # Containers of build servers have no user namespaces for Chromium's sandbox.
            chromium = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
            browser = Browser(chromium, f"http://127.0.0.1:{server.server_address[1]}")
            for check in CHECKS:
                try:
                    check(browser)
                    print(f"ok      {check.__name__}")
                except Exception as error:  # all checks run, whatever one of them meets
                    failed += 1
                    print(f"FAILED  {check.__name__}: {error}")
            if arguments.screenshots:
                screenshots(browser, arguments.screenshots)
            chromium.close()
        server.shutdown()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
