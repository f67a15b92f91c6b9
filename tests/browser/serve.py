"""Uses the web application of `realint serve` in Chromium as people do, and as other pages might.

Run by tests/browser/run, which says where realint and Chromium are. Each check is a function that gets a
server of its own; all of them run, and what fails is said at the end.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import traceback
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
GAPPY = ROOT / "examples/02-gappy-review/review.qmd"
CLEAN = ROOT / "examples/01-clean-review/review.md"
WORD = ROOT / "tests/fixtures/docx/word/input.docx"
PDF = ROOT / "tests/fixtures/formats/latex.pdf"
HOSTILE = "# <script>document.title = 'owned'</script> A realist review \u202eof sheds\n\n## Methods\n\nThis realist review searched Medline <img src=x onerror=\"document.title='owned'\"> in 2020.\n"
NOTE = "The form is in <b>Appendix B</b>."


class Served:
    """`realint serve` and Chromium before it; notes what a page should never do."""

    def __init__(self, realint, chromium, folder):
        self.chromium, self.folder = chromium, folder
        self.process = subprocess.Popen([realint, "serve", "--no-open"], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.contexts = []

    def open(self, path="", size=WIDE, scheme="light", script=True):
        context = self.chromium.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script, reduced_motion="reduce")
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.wrong.append(f"script: {error}"))
        page.on("request", lambda request: None if request.url.startswith((self.address, "data:")) else page.wrong.append(f"request: {request.url}"))
        page.goto(self.address + path)
        return page

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def close(self):
        for context in self.contexts:
            context.close()
        self.process.kill()
        self.process.wait()


def settled(page, number):
    """Waits until this many files are in the list and none is being checked."""
    page.wait_for_function(
        "n => document.querySelectorAll('.files > li').length === n && document.querySelector('.files').dataset.busy === 'false'",
        arg=number,
    )
    page.wait_for_function("() => /^\\d+ checked/.test(document.getElementById('told').textContent)")


def hand_in(page, *paths):
    before = page.locator(".files > li").count()
    page.set_input_files("#files", [str(path) for path in paths])
    settled(page, before + len(paths))


def entry(page, name):
    return page.locator(".files > li").filter(has=page.get_by_text(name, exact=True))


def saved(page, link):
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, pathlib.Path(waiting.value.path())


def files_of_all_kinds_are_handed_in_and_read(served):
    page = served.open()
    assert "There are none yet" in page.locator("#list").inner_text()
    others = [
        served.write("draft.tex", r"\documentclass{article}\title{Sheds: a realist review}\begin{document}\maketitle\section{Methods}We searched Medline.\end{document}"),
        served.write("draft.html", "<html><head><title>Sheds: a realist review</title></head><body><h1>Sheds: a realist review</h1><h2>Methods</h2><p>We searched Medline.</p></body></html>"),
        served.write("draft.xml", "<article><front><article-meta><title-group><article-title>Sheds: a realist review</article-title></title-group></article-meta></front><body><sec><title>Methods</title><p>We searched Medline.</p></sec></body></article>"),
    ]
    paths = [GAPPY, WORD, PDF, *others]
    hand_in(page, *paths)
    assert page.locator(".failed").count() == 0, page.locator("#list").inner_text()
    assert page.locator("#told").inner_text() == f"{len(paths)} checked."
    entry(page, "review.qmd").get_by_role("link", name="Read the report").click()
    page.wait_for_selector("#filters:visible")
    assert page.locator(".finding").count() == 7
    # The report is the one that the command writes: filters and links work.
    page.get_by_label("Item or code").select_option("RS09")
    assert page.locator(".finding:visible").count() == 1
    page.get_by_role("link", name="All files").click()
    assert page.locator(".files > li").count() == len(paths)
    assert not page.wrong, page.wrong


def files_are_dropped(served):
    page = served.open()
    page.evaluate(
        """text => {
            const carried = new DataTransfer();
            for (const name of ['one.md', 'two.md']) carried.items.add(new File([text], name));
            const event = (kind) => new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true });
            document.body.dispatchEvent(event('dragover'));
            if (!document.body.classList.contains('dropping')) throw new Error('nothing shows where to drop');
            document.body.dispatchEvent(event('drop'));
        }""",
        GAPPY.read_text(encoding="utf-8"),
    )
    settled(page, 2)
    assert not page.locator("body").evaluate("body => body.classList.contains('dropping')")
    assert page.locator(".files").inner_text().count("7 findings") == 2
    assert not page.wrong, page.wrong


def bad_files_say_why_and_good_ones_go_on(served):
    page = served.open()
    large = served.folder / "large.pdf"
    with open(large, "wb") as file:
        file.truncate(int(page.locator("#drop").get_attribute("data-most")) + 1)
    word = WORD.read_bytes()
    bad = [
        served.write("empty.md", ""),
        served.write("cut.docx", word[: len(word) // 2]),
        served.write("noise.docx", b"\x89PNG\r\n\x1a\n\0\0\0\0" * 50),
        served.write("broken.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        served.write("broken.xml", "<article><front></article>"),
    ]
    page.set_input_files("#files", [str(path) for path in [bad[0], large, *bad[1:], GAPPY]])
    settled(page, len(bad) + 1)
    assert page.locator(".failed").count() == len(bad), page.locator("#list").inner_text()
    assert "large.pdf: it is too large" in page.locator("#refused").inner_text()
    assert f"1 checked, {len(bad)} could not be read." == page.locator("#told").inner_text()
    for path in bad:
        assert entry(page, path.name).locator(".aside").inner_text().startswith("What to do: "), path.name
    assert "7 findings" in entry(page, "review.qmd").inner_text()
    assert not page.wrong, page.wrong


def ten_at_once(served):
    text = GAPPY.read_text(encoding="utf-8")
    page = served.open()
    hand_in(page, *(served.write(f"draft-{n}.md", text) for n in range(10)))
    assert page.locator(".files").inner_text().count("7 findings") == 10
    # Ten people in ten windows.
    pages = [served.open() for _ in range(10)]
    for n, other in enumerate(pages):
        other.set_input_files("#files", str(served.write(f"more-{n}.md", text)))
    for other in pages:
        other.wait_for_function("() => /checked/.test(document.getElementById('told').textContent)")
        assert not other.wrong, other.wrong
    page.reload()
    page.wait_for_function("document.querySelector('.files').dataset.busy === 'false'")
    assert page.locator(".files").inner_text().count("7 findings") == 20


def a_verdict_is_corrected_and_saved(served):
    page = served.open()
    hand_in(page, WORD, GAPPY)
    entry(page, "review.qmd").get_by_role("link", name="Read the report").click()
    row = page.locator("tr[data-item=RS10]")
    assert "not found" in row.locator(".verdict").inner_text()
    row.get_by_text("Correct by hand").click()
    row.get_by_label("Verdict").select_option("reported")
    row.get_by_role("button", name="Save").click()
    assert row.get_by_label("Why").evaluate("field => field.validity.valueMissing"), "a correction says why"
    row.get_by_label("Why").fill(NOTE)
    row.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("#item-RS10$"))
    assert row.evaluate("row => row.matches(':target')")
    assert row.locator(".verdict").inner_text().endswith("reported")
    assert row.locator(".by-hand").inner_text() == f"By hand (realint: not found): {NOTE}"
    assert page.locator(".finding").count() == 6 and page.locator("b").count() == 0
    name, path = saved(page, page.get_by_role("link", name="Checklist as Markdown"))
    line = next(line for line in path.read_text(encoding="utf-8").splitlines() if "Data extraction" in line)
    assert name == "review-checklist.md" and "reported; by hand, realint: not found" in line and "Appendix B" in line, line
    name, path = saved(page, page.get_by_role("link", name="Checklist for Word"))
    document = zipfile.ZipFile(path).read("word/document.xml").decode()
    assert name == "review-checklist.docx" and "by hand, realint: not found" in document
    name, path = saved(page, page.get_by_role("link", name="Report as a file"))
    assert name == "review-report.html" and "realint: not found" in path.read_text(encoding="utf-8")
    page.get_by_role("link", name="All files").click()
    assert "6 findings, 1 verdict corrected by hand" in entry(page, "review.qmd").inner_text()
    name, path = saved(page, entry(page, "input.docx").get_by_role("link", name="Word file with comments"))
    assert name == "input-commented.docx" and "word/comments.xml" in zipfile.ZipFile(path).namelist()
    # And taken back.
    entry(page, "review.qmd").get_by_role("link", name="Read the report").click()
    row.get_by_text("Correct by hand").click()
    row.get_by_role("button", name="Take the correction back").click()
    page.wait_for_function("() => document.querySelectorAll('.finding').length === 7")
    assert page.locator(".by-hand").count() == 0
    assert not page.wrong, page.wrong


def two_versions_are_compared(served):
    page = served.open()
    better = GAPPY.read_text(encoding="utf-8").replace(
        "### Analysis",
        "### Data extraction\n\nFrom each included document passages about contexts, mechanisms and outcomes were copied into an extraction form that we had piloted on five documents.\n\n### Analysis",
    )
    hand_in(page, GAPPY)
    assert page.locator("form.compare").count() == 0
    hand_in(page, served.write("revised.qmd", better))
    page.get_by_role("button", name="Compare").click()
    assert "Mended: 1 item. Broken: nothing." in page.locator("#main").inner_text()
    page.go_back()
    page.get_by_label("Old").select_option(label="2. revised.qmd")
    page.get_by_label("New").select_option(label="1. review.qmd")
    page.get_by_role("button", name="Compare").click()
    assert "Items that are worse than before" in page.locator("#main").inner_text()
    assert not page.wrong, page.wrong


def tab_to(page, what, back=False):
    """Presses Tab until what has the focus is this, by the words that a screen reader would say."""
    # Before a page is there, Chromium drops what is typed.
    page.wait_for_load_state()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    for _ in range(400):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        said = page.evaluate(
            """() => {
                const e = document.activeElement;
                return [e.id, (e.textContent || '').trim().replace(/\\s+/g, ' '), e.labels && e.labels[0] ? e.labels[0].textContent : ''];
            }"""
        )
        if any(re.search(what, words) for words in said if words):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{what}: nobody sees the focus"
            return
    raise AssertionError(f"the keyboard does not reach {what}")


def a_keyboard_is_enough(served):
    page = served.open(size=NARROW)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    tab_to(page, "^files$")
    with page.expect_file_chooser() as waiting:
        page.keyboard.press("Space")
    waiting.value.set_files([str(GAPPY), str(CLEAN)])
    settled(page, 2)
    tab_to(page, "^Read the report.*review.qmd")
    page.keyboard.press("Enter")
    page.wait_for_selector("#filters:visible")
    tab_to(page, "^Correct by hand: Data extraction")
    page.keyboard.press("Enter")
    tab_to(page, "^verdict-RS10")
    page.keyboard.type("rep")
    tab_to(page, "^note-RS10")
    page.keyboard.type("In Appendix B.")
    tab_to(page, "^Save$")
    page.keyboard.press("Enter")
    page.wait_for_selector(".by-hand")
    assert page.locator("tr[data-item=RS10] .by-hand").inner_text().endswith("In Appendix B.")
    # Reading goes on where it was left.
    assert page.locator("tr[data-item=RS10] .by-hand").evaluate("e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }")
    tab_to(page, "^Correct by hand: Data extraction")
    page.goto(served.address)
    tab_to(page, "^Checklist for Word.*review.qmd")
    with page.expect_download():
        page.keyboard.press("Enter")
    tab_to(page, "^compare-old")
    tab_to(page, "^Compare$")
    page.keyboard.press("Enter")
    page.wait_for_selector("main.comparison")
    tab_to(page, "^All files$")
    page.keyboard.press("Enter")
    page.wait_for_selector(".files")
    tab_to(page, "^Remove review.md")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.files > li').length === 1")
    tab_to(page, "^End realint$")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="realint has ended").wait_for()
    assert served.process.wait(timeout=10) == 0
    assert not page.wrong, page.wrong


def the_list_keeps_the_focus_while_it_changes(served):
    page = served.open()
    hand_in(page, GAPPY)
    page.locator("#report-1").focus()
    page.set_input_files("#files", str(WORD))
    page.locator("#report-1").focus()
    settled(page, 2)
    assert page.evaluate("document.activeElement.id") == "report-1"


def all_pages(served, size, scheme):
    """Every page with what it shows, after the same files were handed in."""
    page = served.open(size=size, scheme=scheme)
    if page.locator(".files").count() == 0:
        yield "empty", page
        long = "a-name-that-has-no-end-" * 6 + ".md"
        hand_in(page, GAPPY, CLEAN, WORD, served.write("bad.pdf", b"%PDF-1.7\n"), served.write(long, "# A trial of tea\n\nWe randomised people.\n"))
        page.set_input_files("#files", str(served.write("none.md", "")))
        settled(page, 6)
    yield "list", page
    page.goto(served.address + "files/1")
    row = page.locator("tr[data-item=RS10]")
    if row.locator(".by-hand").count() == 0:
        row.get_by_text("Correct by hand").click()
        row.get_by_label("Verdict").select_option("reported")
        row.get_by_label("Why").fill("The form is in Appendix B, which was sent to the journal apart from the manuscript.")
        row.get_by_role("button", name="Save").click()
        page.wait_for_selector(".by-hand")
    row.get_by_text("Correct by hand").click()
    row.evaluate("row => row.scrollIntoView()")
    yield "report", page
    page.goto(served.address + "compare?old=1&new=2")
    yield "comparison", page
    page.goto(served.address + "files/99")
    yield "refusal", page


def nothing_is_wider_than_the_page(served):
    for size in (NARROW, WIDE, {"width": 320, "height": 640}):
        for name, page in all_pages(served, size, "light"):
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], f"{name}: {width} of {size['width']} pixels"
            wide = page.evaluate(
                """() => [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility() && !e.closest('.scroll, .unseen, svg'))
                    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120))"""
            )
            assert not wide, f"{name} at {size['width']}: {wide[:3]}"


def axe_finds_nothing(served):
    for size in (NARROW, WIDE):
        for scheme in ("light", "dark"):
            for name, page in all_pages(served, size, scheme):
                found = Axe().run(page)
                said = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found.response["violations"]]
                assert not said, f"{name}, {size['width']} {scheme}: " + "\n".join(said)


def hostile_text_is_only_text(served):
    page = served.open()
    name = "<img src=x onerror=document.title='owned'>.md"
    hand_in(page, served.write(name.replace("/", ""), HOSTILE))
    assert page.locator("img").count() == 0
    page.get_by_role("link", name="Read the report").click()
    page.locator("tr[data-item=RS10]").get_by_text("Correct by hand").click()
    page.locator("#note-RS10").fill("</textarea><script>document.title = 'owned'</script>")
    page.locator("tr[data-item=RS10]").get_by_role("button", name="Save").click()
    page.wait_for_selector(".by-hand")
    assert page.title().startswith("realint: "), page.title()
    assert page.locator("img").count() == 0 and page.locator("script").count() == 1
    assert "\u202e" not in page.content()
    # Were something to slip through, the policy would still not run it.
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = \"owned\"' }))")
    assert page.title() != "owned"


def other_pages_are_refused(served):
    """Pages elsewhere, even with the secret, change nothing and read nothing; nor under another name."""

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"<form id=f method=post action='{served.address}end'></form>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    own = served.open()
    hand_in(own, GAPPY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = served.chromium.new_context().new_page()
    page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
    read = page.evaluate(
        """async (address) => {
            const said = [];
            for (const [path, mode, method] of [['list', 'cors', 'GET'], ['list', 'no-cors', 'GET'], ['files/1/remove', 'no-cors', 'POST'], ['end', 'no-cors', 'POST'], ['files?name=a.md', 'cors', 'POST']]) {
                try { said.push(await (await fetch(address + path, { mode, method, body: method === 'POST' ? 'x' : undefined })).text()); } catch { said.push(''); }
            }
            return said.join('');
        }""",
        served.address,
    )
    assert read == "", read
    page.evaluate("document.getElementById('f').submit()")
    page.wait_for_url(served.address + "end")
    assert "another page" in page.content(), page.content()
    rebound = served.address.replace("127.0.0.1", "rebound.example")
    page.goto(rebound)
    assert "another host" in page.content(), page.content()
    page.context.close()
    server.shutdown()
    own.reload()
    assert own.locator(".files > li").count() == 1, "nothing was removed or added, and it runs"


def it_says_when_realint_has_ended(served):
    page = served.open()
    served.process.kill()
    served.process.wait()
    page.set_input_files("#files", str(GAPPY))
    page.wait_for_function("() => document.getElementById('told').textContent.includes('Start it again')")
    assert "review.qmd: it could not be handed in" in page.locator("#refused").inner_text()


def it_reads_without_its_script(served):
    hand_in(served.open(), GAPPY)
    page = served.open(script=False)
    assert "needs JavaScript" in page.locator("main").inner_text()
    page.locator("#report-1").click()
    page.locator("tr[data-item=RS10] summary").click()
    page.locator("#verdict-RS10").select_option("reported")
    page.locator("#note-RS10").fill("In Appendix B.")
    page.locator("tr[data-item=RS10]").get_by_role("button", name="Save").click()
    assert page.locator(".by-hand").count() == 1


CHECKS = [
    files_of_all_kinds_are_handed_in_and_read,
    files_are_dropped,
    bad_files_say_why_and_good_ones_go_on,
    ten_at_once,
    a_verdict_is_corrected_and_saved,
    two_versions_are_compared,
    a_keyboard_is_enough,
    the_list_keeps_the_focus_while_it_changes,
    nothing_is_wider_than_the_page,
    axe_finds_nothing,
    hostile_text_is_only_text,
    other_pages_are_refused,
    it_says_when_realint_has_ended,
    it_reads_without_its_script,
]


def screenshots(served, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for size in (NARROW, WIDE):
        for scheme in ("light", "dark"):
            for name, page in all_pages(served, size, scheme):
                page.screenshot(path=folder / f"serve-{name}-{size['width']}-{scheme}.png", full_page=name != "report")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--realint", required=True)
    arguments.add_argument("--chromium", required=True)
    arguments.add_argument("--screenshots", type=pathlib.Path, help="also write pictures of the pages here")
    arguments = arguments.parse_args()
    realint = pathlib.Path(arguments.realint).resolve()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # Containers of build servers have no user namespaces for Chromium's sandbox. The rule is what a
        # rebound name is to a browser.
        options = ["--no-sandbox", "--host-resolver-rules=MAP rebound.example 127.0.0.1"]
        chromium = playwright.chromium.launch(executable_path=arguments.chromium, args=options)

        def on_its_own(work):
            served = Served(realint, chromium, pathlib.Path(folder))
            try:
                work(served)
            finally:
                served.close()

        for check in CHECKS:
            try:
                on_its_own(check)
                print(f"ok      {check.__name__}")
            except Exception as error:  # all checks run, whatever one of them meets
                failed += 1
                at = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__]
                print(f"FAILED  {check.__name__}, line {at[-1]}: {error}")
        if arguments.screenshots:
            on_its_own(lambda served: screenshots(served, arguments.screenshots))
        chromium.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
