"""The report in a real browser, opened from disk: every figure is drawn, nothing is fetched."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

WIDTH, HEIGHT = 1200, 13000
OF_BROWSER = "not an origin"  # the initiator of what a browser asks for by itself
MEASURE = """<script>
const boxes = [...document.querySelectorAll("figure svg")].map(svg => {
  const box = svg.getBoundingClientRect();
  return [svg.getAttribute("aria-label"), box.x + scrollX, box.y + scrollY, box.width, box.height];
});
const out = document.createElement("pre");
out.id = "boxes";
out.textContent = JSON.stringify({boxes, width: document.documentElement.scrollWidth,
                                  height: document.body.getBoundingClientRect().bottom});
document.body.appendChild(out);
</script>"""


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """Return a function that opens a page in a new headless browser and returns what it printed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed, so the page is not looked at")

    def run(page, *options):
        profile = tmp_path_factory.mktemp("profile")
        done = subprocess.run(
            [
                chromium,
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking", "--hide-scrollbars"),
                *("--disable-component-update", "--disable-sync", "--force-device-scale-factor=1"),
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{HEIGHT}",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                *options,
                page.as_uri(),
            ],
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode("utf-8")

    return run


@pytest.fixture(scope="module")
def seen(browse, report, tmp_path_factory):
    """Return the pixels of the page, the log of its requests, and where its figures are."""
    from matplotlib.image import imread

    folder = tmp_path_factory.mktemp("seen")
    page = report.to_html(folder / "report é 1.html")
    browse(page, f"--screenshot={folder / 'page.png'}", f"--log-net-log={folder / 'net.json'}")
    # The same page without its policy may run a script that says where things are.
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    measured = folder / "measured.html"
    measured.write_text(text.replace("</body>", MEASURE + "</body>"), encoding="utf-8")
    found = re.search(r'<pre id="boxes">(.*?)</pre>', browse(measured, "--dump-dom"), re.DOTALL)
    layout = json.loads(found.group(1).replace("&amp;", "&").replace("&lt;", "<"))
    return imread(folder / "page.png")[..., :3], requests(folder / "net.json"), layout


def requests(log):
    """Return the addresses that a page (not the browser itself) asked the network for."""
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = [e.get("params", {}) for e in events]
    return [p["url"] for p in asked if "url" in p and p.get("initiator") not in (None, OF_BROWSER)]


def test_every_figure_is_drawn_where_the_page_has_room_for_it(seen, report):
    from rowspace.judge.plots import draw

    pixels, _, layout = seen
    assert len(layout["boxes"]) == sum(len(draw(block)) for block in report.blocks) >= 11
    for name, x, y, width, height in layout["boxes"]:
        box = pixels[int(y) : int(y + height), int(x) : int(x + width)]
        assert box.shape[0] > 80 and box.shape[1] > 700, name
        assert box.std() > 0.02, f"nothing is drawn: {name}"
        # Text and lines on white: mostly paper, some ink, more than one colour of it.
        ink = (box.min(axis=2) < 0.9).mean()
        assert 0.004 < ink < 0.6, (name, ink)
        spread = box.max(axis=2) - box.min(axis=2)
        assert (spread > 0.25).mean() > 0.0005, f"only grey: {name}"


def test_ink_reaches_both_halves_of_every_figure(seen):
    pixels, _, layout = seen
    for name, x, y, width, height in layout["boxes"]:
        box = pixels[int(y) : int(y + height), int(x) : int(x + width)]
        for half in np.array_split(box, 2, axis=1):
            assert (half.min(axis=2) < 0.9).mean() > 0.0005, name


def test_the_page_fits_its_window_and_the_screenshot_holds_all_of_it(seen):
    _, _, layout = seen
    assert layout["width"] == WIDTH
    assert layout["height"] < HEIGHT


def test_the_page_asks_the_network_for_nothing(seen):
    _, asked, _ = seen
    assert asked == []


def test_a_page_that_asks_for_something_would_be_caught(browse, tmp_path):
    page = tmp_path / "telltale.html"
    page.write_text('<img src="http://tracker.example/x.png">', encoding="utf-8")
    browse(page, f"--screenshot={tmp_path / 'x.png'}", f"--log-net-log={tmp_path / 'net.json'}")
    assert "http://tracker.example/x.png" in requests(tmp_path / "net.json")
