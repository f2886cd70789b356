"""browser.py - drive Debian's Chromium through the page at /: with and without JavaScript, in light, dark and forced colours,
from 360 to 1280 pixels, by keyboard alone, back and forth, with files dropped in, and with a server that is busy. No message
may appear in the console, and nothing may be asked of another host. AXE=path of axe.min.js: also no violation of axe.

    browser.py [FOLDER]       FOLDER: screenshots of every section are written there"""
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from running import Running

WIDTHS = (360, 390, 819, 820, 1280)
SECTIONS_AT = (390, 1280)
TEXT_WIDTHS = (360, 390, 480, 600, 819, 820, 1080, 1280)
ELEMENTS_MAX = 900
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/plots.txt")
problems = []


def wrong(where, what):
    problems.append(f"{where}: {what}")


class Browser(webdriver.Chrome):
    def __init__(self, script=True):
        options = webdriver.ChromeOptions()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if not script:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        super().__init__(service=webdriver.chrome.service.Service("/usr/bin/chromedriver"), options=options)

    def width(self, width, height=900):
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def colours(self, scheme="light", forced="none", media=""):
        self.execute_cdp_cmd("Emulation.setEmulatedMedia",
                             {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}, {"name": "forced-colors", "value": forced}]})

    def one(self, selector):
        return self.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def wait(self, where, what, test):
        """Until the test is true, 15 s at most."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                if test():
                    return True
            except (NoSuchElementException, StaleElementReferenceException):  # of the page that is being left, or to come
                pass
            time.sleep(0.02)
        wrong(where, f"waited in vain: {what}")
        return False

    def type(self, selector, text):
        field = self.one(selector)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text or Keys.DELETE)

    def put(self, selector, value, then="", event="input"):
        """At once: a value into a control, and what a script does before the page can have asked for it."""
        self.execute_script("const c = document.querySelector(arguments[0]); c.value = arguments[1];"
                            f"c.dispatchEvent(new Event('{event}', {{bubbles: true}})); {then}", selector, value)


def check_quiet(where, browser, origin, expected=()):
    """No message in the console but those of `expected` statuses, no request elsewhere."""
    for entry in browser.get_log("browser"):
        if not any(f"status of {status}" in entry["message"] for status in expected):
            wrong(where, f"the console says {entry['message']}")
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith((origin, f"blob:{origin}", "data:", "about:", "chrome")):
                wrong(where, f"asks for {url}")


# ---- looks ---------------------------------------------------------------------------------------------------------


def check_widths(browser, origin, what):
    for width in WIDTHS:
        browser.width(width)
        browser.get(origin)
        got = browser.execute_script("return document.documentElement.scrollWidth") if what != "no script" else width
        if got > width:
            wrong(f"{what}, {width} px", f"scrolls sideways: {got}")


def check_axe(browser, where):
    if "AXE" in os.environ:
        for violation in axe(browser):
            wrong(where, f"axe: {violation}")


def check_that_axe_sees(browser):
    """A control without its label must be found."""
    browser.execute_script("document.querySelector('label[for=f-seed]').remove(); document.querySelector('#f-seed').title = ''")
    if "AXE" in os.environ and not axe(browser):
        wrong("axe", "does not see a control without a label")


def axe(browser):
    with open(os.environ["AXE"], encoding="utf-8") as file:
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": file.read()})
    return browser.execute_async_script(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then((r) => done(r.violations.map((v) => "
        "v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; '))));")


def check_looks(server, folder):
    browser = Browser()
    for scheme, forced in (("light", "none"), ("dark", "none"), ("light", "active")):
        browser.colours(scheme, forced)
        what = f"{scheme}{', forced colours' if forced == 'active' else ''}"
        check_widths(browser, server.origin, what)
        for width in SECTIONS_AT:
            browser.width(width)
            browser.get(server.origin)
            check_axe(browser, f"{what}, {width} px")
            if folder and forced == "none":
                screenshots(browser, folder, f"{width}-{scheme}")
        browser.get(server.origin + "/?shape=4,x&gain=0")
        check_axe(browser, f"{what}, a wrong value")
        check_used(browser, server.origin, what)
    check_text_size(browser, server.origin)
    check_print(browser, server.origin)
    browser.get(server.origin)
    check_that_axe_sees(browser)
    check_quiet("looks", browser, server.origin, expected=(400,))
    browser.quit()


def check_used(browser, origin, what):
    """After two disclosures were opened and a wrong value was typed, regions have names of their own, and what is dimmed is
    pictures."""
    where = f"{what}, used"
    browser.width(1280)
    browser.get(origin)
    browser.execute_script("for (const d of document.querySelectorAll('#p-histogram details, #p-sweep details')) d.open = true")
    browser.wait(where, "two tables", lambda: len(browser.find_elements(By.CSS_SELECTOR, ".numbers table")) == 2)
    browser.type("#f-seed", "x")
    browser.wait(where, "an error", lambda: browser.text("#e-seed") and not browser.find_elements(By.CSS_SELECTOR, ".content.busy"))
    names = browser.execute_script("return [...document.querySelectorAll('[role=region]')].map((r) => r.ariaLabel)")
    if len(set(names)) != len(names):
        wrong(where, f"regions are called {names}")
    seen = browser.execute_script("""
        return ["#url", ".url .copy", "#heading", "#facts dd", "#p-sweep summary", "#p-sweep img", "#p-histogram svg"].map((name) => {
          let seen = 1;
          for (let e = document.querySelector(name); e; e = e.parentElement) seen *= getComputedStyle(e).opacity;
          return seen;
        });""")
    if seen != [1, 1, 1, 1, 1, 0.55, 0.55]:
        wrong(where, f"parts are dimmed to {seen}")
    check_axe(browser, where)


TEXT = """
    const texts = [...document.querySelectorAll("#p-histogram svg text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom - 3 && b.top + 3 < a.bottom - 3;
    const pairs = texts.flatMap(([a, box], i) => texts.slice(i + 1).filter(([, other]) => meet(box, other)).map(([b]) => `${a} and ${b}`));
    const svg = document.querySelector("#p-histogram svg");
    return [svg.getScreenCTM().a * parseFloat(getComputedStyle(svg.querySelector("text")).fontSize), pairs,
            texts.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([text]) => text)];"""


def check_text_size(browser, origin):
    """Labels of the picture in the document measure about 13 px, are in the window, and keep clear of each other."""
    for width in TEXT_WIDTHS:
        browser.width(width)
        for query in ("", "?like=torch&scheme=kaiming_normal&shape=512,512", "?scheme=sparse", "?scheme=normal&std=1234567"):
            browser.get(f"{origin}/{query}")
            size, meet, outside = browser.execute_script(TEXT)
            if not 11.5 <= size <= 14 or meet or outside:
                wrong(f"text of /{query}, {width} px", f"measures {size:.1f} px; {meet} meet, {outside} are outside")


def pixel(browser, selector, x, y):
    """Red, green and blue at a place of an element."""
    clip = browser.execute_script("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                                  "return {x: r.x + arguments[1], y: r.y + arguments[2], width: 1, height: 1, scale: 1}", selector, x, y)
    png = base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})["data"])
    at = png.index(b"IDAT")
    length = struct.unpack(">I", png[at - 4:at])[0]
    return tuple(zlib.decompressobj().decompress(png[at + 4:at + 4 + length])[1:4])  # behind the number of the filter


def check_print(browser, origin):
    """Paper is white, and has nothing to click at, even where the screen is dark."""
    where = "print"
    browser.width(1000)
    browser.colours("dark")
    browser.get(origin)
    if sum(pixel(browser, "#p-sweep img", 3, 3)) > 100:
        wrong(where, "the picture is not dark on a dark screen")
    browser.colours("dark", media="print")
    browser.wait(where, "white paper", lambda: pixel(browser, "#p-sweep img", 3, 3) == (255, 255, 255) == pixel(browser, "h1", 500, 3))
    style = browser.execute_script("const s = (name) => getComputedStyle(document.querySelector(name));"
                                   "return [s('h1').color, s('#p-histogram .s').fill, s('#p-histogram .lb').stroke]")
    if style != ["rgb(0, 0, 0)", "rgb(51, 51, 51)", "rgb(194, 65, 12)"]:
        wrong(where, f"text has the colours {style}")
    shown = [name for name in ("#form", "nav", ".copy", ".readout", "#check", "#model-form") if browser.one(name).is_displayed()]
    if shown:
        wrong(where, f"has {shown}")
    browser.colours()


def screenshots(browser, folder, name):
    """Every section whole, however much of it is in the window; disclosures are open but for those of numbers."""
    browser.execute_script("for (const i of document.querySelectorAll('img')) i.loading = 'eager';"
                           "for (const d of document.querySelectorAll('details:not(.numbers)')) d.open = true;"
                           "document.querySelector('#grid').scrollIntoView()")
    browser.wait(name, "all pictures", lambda: browser.execute_script(
        "return document.querySelector('#grid table') && [...document.images].every((i) => i.complete)"))
    browser.execute_script("scrollTo(0, 0)")
    for section in ["form", *browser.execute_script("return [...document.querySelectorAll('section')].map((s) => s.id)")]:
        clip = browser.execute_script("const r = document.getElementById(arguments[0]).getBoundingClientRect();"
                                      "return {x: r.x, y: r.y, width: r.width, height: r.height, scale: 1}", section)
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        with open(os.path.join(folder, f"{name}-{section}.png"), "wb") as file:
            file.write(base64.b64decode(shot["data"]))


# ---- without JavaScript --------------------------------------------------------------------------------------------


def check_without_script(server):
    browser = Browser(script=False)
    check_widths(browser, server.origin, "no script")
    browser.get(server.origin)
    browser.type("#f-shape", "3,3,8,16")
    browser.one("form#form button").click()
    where = "without JavaScript"
    browser.wait(where, "the form", lambda: "shape=3%2C3%2C8%2C16" in browser.current_url)
    if "3,3,8,16" not in browser.one("#url").text or "1152" not in browser.one("#facts").text:
        wrong(where, f"shows {browser.one('#url').text} and {browser.one('#facts').text}")
    browser.type("#f-shape", "3,x")
    browser.one("form#form button").click()
    browser.wait(where, "an error", lambda: browser.find_elements(By.ID, "e-shape"))
    if browser.one("#f-shape").get_attribute("aria-invalid") != "true" or browser.one("#f-shape").get_attribute("aria-describedby") != "e-shape":
        wrong(where, "does not mark the field")
    for part in browser.find_elements(By.CSS_SELECTOR, ".script-only, .script-only *"):
        if part.is_displayed():
            wrong(where, f"offers what it cannot do: {part.get_attribute('outerHTML')[:80]}")
    check_quiet(where, browser, server.origin, expected=(400,))
    browser.quit()


# ---- with it -------------------------------------------------------------------------------------------------------


def check_changes(server):
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin)
    where = "a change"
    browser.type("#f-shape", "64,32")
    browser.wait(where, "the URL", lambda: browser.text("#url").endswith("shape=64,32&seed=7"))
    browser.wait(where, "the address", lambda: browser.current_url.endswith("/?scheme=he_normal&shape=64,32&seed=7"))
    browser.wait(where, "the status", lambda: browser.text("#status").startswith("he_normal, 64 × 32"))
    if "64,32" not in browser.text("#copy-python") or browser.title != "he_normal, 64 × 32 · weightd":
        wrong(where, "leaves the copies or the title behind")
    before = browser.text("#facts")
    browser.get(browser.current_url)
    if browser.text("#facts") != before or browser.one("#f-shape").get_attribute("value") != "64,32":
        wrong(where, "is another page when it is loaded anew")
    browser.type("#f-shape", "64,y")
    browser.wait(where, "the error", lambda: browser.text("#e-shape") != "")
    field = browser.one("#f-shape")
    if (field.get_attribute("aria-invalid"), field.get_attribute("aria-describedby")) != ("true", "e-shape") or browser.text("#facts") != before:
        wrong(where, "to a wrong value does not keep the last facts")
    if "stale" not in browser.one(".content").get_attribute("class"):
        wrong(where, "to a wrong value does not dim what it keeps")
    browser.type("#f-shape", "8,8")
    browser.wait(where, "to be right again", lambda: browser.text("#e-shape") == "" and "8,8" in browser.text("#url"))
    if field.get_attribute("aria-invalid") or field.get_attribute("aria-describedby"):
        wrong(where, "that is right leaves the field marked")
    if "256" in browser.text("#histogram-title") or "8 x 8" not in browser.text("#histogram-title"):
        wrong(where, f"leaves the histogram {browser.text('#histogram-title')}")
    check_history(browser)
    check_fields(browser)
    check_quiet(where, browser, server.origin, expected=(400,))
    browser.quit()


def check_kept(server):
    """A scheme that is chosen from the tables keeps shape, seed and network."""
    where = "a link of the tables"
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin)
    browser.type("#f-shape", "64,32")
    browser.wait(where, "the URL", lambda: "shape=64,32" in browser.text("#url"))
    browser.execute_script("document.querySelector('#grid').scrollIntoView()")
    browser.wait(where, "the grid", lambda: browser.find_elements(By.CSS_SELECTOR, "#grid table"))
    for selector, scheme in (("#choose-selu a", "lecun_normal"), ("#grid a[href*='sparse']", "sparse")):
        browser.execute_script("arguments[0].click()", browser.one(selector))
        browser.wait(where, scheme, lambda: f"scheme={scheme}&shape=64,32&seed=7" in browser.text("#url"))
    check_quiet(where, browser, server.origin)
    browser.quit()


def check_history(browser):
    where = "history"
    link = browser.one("#schemes a[href='/?scheme=orthogonal']")
    browser.execute_script("arguments[0].click()", link)
    browser.wait(where, "a link", lambda: "scheme=orthogonal" in browser.text("#url"))
    if browser.one("#f-scheme").get_attribute("value") != "orthogonal":
        wrong(where, "a link does not fill the form")
    browser.back()
    browser.wait(where, "back", lambda: "scheme=he_normal" in browser.text("#url"))
    if browser.one("#f-shape").get_attribute("value") != "8,8":
        wrong(where, f"back leaves shape {browser.one('#f-shape').get_attribute('value')}")
    browser.forward()
    browser.wait(where, "forward", lambda: "scheme=orthogonal" in browser.text("#url"))
    check_places(browser)
    check_typed(browser)


def pages_of(browser):
    """How often the page was asked for since the last call."""
    return sum("/?" in url and "/plot/" not in url for url in requests_of(browser))


def check_places(browser):
    """A link to a place of the page that is shown, or the way back from it, asks for nothing and loses nothing."""
    where = "a place of the page"
    pages_of(browser)
    browser.execute_script("document.querySelector('nav a[href=\"#fans\"]').click()")
    browser.put("#f-seed", "77", "document.querySelector('nav a[href=\"#depth\"]').click()")
    browser.wait(where, "a value typed before", lambda: browser.text("#url").endswith("seed=77"))
    if not browser.current_url.endswith("seed=77#depth") or pages_of(browser) != 1:
        wrong(where, f"leads to {browser.current_url}, or asks more than once")
    browser.execute_script("document.querySelector('nav a[href=\"#notes\"]').click()")
    browser.back()
    browser.wait(where, "back", lambda: browser.current_url.endswith("#depth"))
    time.sleep(0.3)
    if pages_of(browser):
        wrong(where, "asks for the page again")
    before = browser.execute_script("return history.length")
    browser.one("form#form button").click()
    time.sleep(0.5)
    if browser.execute_script("return history.length") != before:
        wrong(where, "Show makes an entry of what is shown")


def check_typed(browser):
    """What was typed before a link was followed is there again on the way back, however soon the link followed, and also if
    it was wrong, or if the link leads to what was there before."""
    where = "a value, then a link"
    for value, said in (("78", "#url"), ("7z", "#e-seed")):
        link = "/?" + browser.execute_script("return document.querySelector('#form').dataset.query")
        link = link if value == "78" else "/?scheme=zeros"
        browser.execute_script("const a = document.querySelector('#schemes a'); a.href = arguments[0]", link)
        browser.put("#f-seed", value, "document.querySelector('#schemes a').click()")
        browser.wait(where, "the link", lambda: not browser.find_elements(By.CSS_SELECTOR, ".content.busy")
                     and value not in browser.current_url and browser.one("#f-seed").get_attribute("value") != value)
        browser.back()
        browser.wait(where, "back", lambda: value in browser.text(said) and browser.one("#f-seed").get_attribute("value") == value)
        if f"seed={value}" not in browser.current_url:
            wrong(where, f"{value}: back leads to {browser.current_url}")
        browser.forward()
        browser.wait(where, "forward", lambda: browser.one("#f-seed").get_attribute("value") != value)


def check_readout(server):
    """The slider's keys move the readout, which says what the JSON says."""
    where = "the readout"
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin + "/?activation=tanh&depth=30")
    numbers = json.loads(server.get("/plot/sweep.json?scheme=he_normal&seed=7&activation=tanh&depth=30"))
    slider = browser.one("#layer")
    browser.execute_script("document.querySelector('#depth').scrollIntoView()")
    browser.wait(where, "a sentence when it is seen", lambda: browser.text("#readout").startswith("layer 30: "))
    for keys, layer in (([Keys.HOME], 0), ([Keys.ARROW_RIGHT] * 3, 3), ([Keys.ARROW_LEFT], 2), ([Keys.END], 30)):
        slider.send_keys(*keys)
        value = f"{numbers['activations']['rms'][layer]:.3g}"
        browser.wait(where, f"layer {layer}", lambda: browser.text("#readout").startswith(f"layer {layer}: "))
        if f"activations {value}," not in browser.text("#readout"):
            wrong(where, f"says {browser.text('#readout')}, not {value}")
        if slider.get_attribute("aria-valuetext") != browser.text("#readout"):
            wrong(where, f"{browser.text('#readout')} is read out as {slider.get_attribute('aria-valuetext')}")
        if ("flat units" in browser.text("#readout")) != (numbers["flat"][layer] is not None):
            wrong(where, f"says {browser.text('#readout')} of {numbers['flat'][layer]}")
        check_mark(browser, layer / 30)
    browser.width(390)
    check_mark(browser, 1, plot=(58, 286, 360))
    browser.width(1280)
    browser.execute_script("document.querySelector('#p-sweep details').open = true")
    browser.wait(where, "a table", lambda: len(browser.find_elements(By.CSS_SELECTOR, "#p-sweep tbody tr")) == 31)
    browser.type("#f-width", "8")
    browser.wait(where, "another picture", lambda: "width=8" in browser.one("#p-sweep img").get_attribute("src"))
    if browser.execute_script("const i = document.querySelector('#p-sweep img'); return i.complete && i.naturalWidth > 0") is not True:
        wrong(where, "the picture is not there when it takes its place")
    check_quiet(where, browser, server.origin)
    browser.quit()


def check_mark(browser, share, plot=(58, 566, 640)):
    """The line in the picture stands at the layer of the readout. plot: where the first layer is, how far the last, of how many."""
    left, width, at = browser.execute_script(
        "const box = (name) => document.querySelector(name).getBoundingClientRect(), i = box('#p-sweep img');"
        "return [i.left, i.width, box('#p-sweep .cursor').left]")
    first, length, whole = plot
    if abs(left + (first + length * share) / whole * width - at) > 1:
        wrong("the mark", f"stands at {at - left} of {width} for {share}")


def check_grid(server):
    """The table of schemes and activations comes when it is near, says what the JSON says, and leads to what it shows."""
    where = "the grid"
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin + "/?seed=3")
    if browser.find_elements(By.CSS_SELECTOR, "#grid table"):
        wrong(where, "does not wait until it is seen")
    browser.execute_script("document.querySelector('#grid').scrollIntoView()")
    browser.wait(where, "a table", lambda: browser.find_elements(By.CSS_SELECTOR, "#grid table"))
    rows = browser.execute_script("return [...document.querySelectorAll('#grid tbody tr')].map((r) => [...r.children].map((c) => c.textContent))")
    check_axe(browser, where)
    grid = json.loads(server.get("/plot/grid.json"))
    for s, scheme in enumerate(grid["schemes"]):
        values = [max(pair, key=lambda v: float("inf") if v is None else abs(v))
                  for pair in zip(grid["log10"]["activations"][s], grid["log10"]["gradients"][s])]
        wanted = ["dead" if v is None else f"{v:.{1 if abs(v) < 9.95 else 0}f}".replace("-0.0", "0.0").replace("-", "−") for v in values]
        differ = [i for i, (a, b) in enumerate(zip(rows[s][1:], wanted)) if a != b and not (a != "dead" != b and abs(values[i] * 20 % 2 - 1) < 0.01)]
        if rows[s][0] != scheme or differ:
            wrong(where, f"says {rows[s]}, not {wanted}")
    browser.execute_script("document.querySelector('#grid a[href*=\"scheme=lecun_normal&activation=selu\"]').click()")
    browser.wait(where, "a cell", lambda: "scheme=lecun_normal" in browser.text("#url"))
    if browser.one("#f-activation").get_attribute("value") != "selu" or not browser.current_url.endswith("#depth"):
        wrong(where, f"leads to {browser.current_url}")
    check_quiet(where, browser, server.origin)
    browser.quit()


def check_fields(browser):
    """Another scheme has other fields."""
    where = "fields"
    browser.execute_script("document.querySelector('#more').open = true; const s = document.querySelector('#f-scheme');"
                           "s.value = 'normal'; s.dispatchEvent(new Event('input', {bubbles: true}))")
    browser.wait(where, "std", lambda: browser.find_elements(By.ID, "f-std"))
    browser.type("#f-std", "0.5")
    browser.wait(where, "a std", lambda: "std=0.5" in browser.text("#url"))
    if browser.switch_to.active_element.get_attribute("id") != "f-std":
        wrong(where, "the field in use loses the focus")
    browser.execute_script("document.querySelector('#more').open = false")
    browser.put("#f-std", "y")
    browser.wait(where, "an error in a closed disclosure", lambda: browser.one("#e-std").is_displayed())
    browser.put("#f-scheme", "he_normal")  # has no std: neither the right nor the wrong value is in the way
    browser.wait(where, "a scheme without std", lambda: "he_normal" in browser.text("#url") and not browser.find_elements(By.CSS_SELECTOR, ".stale"))
    if "std" in browser.current_url or browser.find_elements(By.ID, "f-std"):
        wrong(where, f"of the scheme before are in {browser.current_url}")


def check_keyboard(server):
    """Tab reaches every control and link in the order of the page, each with a visible outline."""
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin)
    body = browser.one("body")
    seen = []
    for _ in range(60):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        element = browser.switch_to.active_element
        if element == body:
            break
        outline = browser.execute_script("const s = getComputedStyle(arguments[0]); return s.outlineStyle + s.outlineWidth", element)
        if outline in ("none0px", "none3px"):
            wrong("keyboard", f"no outline at {element.get_attribute('outerHTML')[:80]}")
        seen.append(element.get_attribute("id") or element.get_attribute("href") or element.tag_name)
    wanted = ["#tensor", "f-scheme", "f-shape", "f-layout", "f-dtype", "f-seed", "f-like", "summary", "f-activation", "f-depth", "button"]
    places = [next((i for i, name in enumerate(seen) if name.endswith(end)), None) for end in wanted]
    if None in places or places != sorted(places):
        wrong("keyboard", f"Tab goes {seen}")
    browser.one("#f-seed").send_keys(Keys.CONTROL, "a")
    browser.one("#f-seed").send_keys("11", Keys.ENTER)
    browser.wait("keyboard", "Enter", lambda: "seed=11" in browser.current_url)
    check_quiet("keyboard", browser, server.origin)
    browser.quit()


# ---- files ---------------------------------------------------------------------------------------------------------


def safetensors(tensors):
    header, data = {}, b""
    for name, dtype, shape, content in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def broken(*places, data=8):
    """Tensors a, b, ... of one F32 each, at these places of the data."""
    header = {chr(97 + i): {"dtype": "F32", "shape": [1], "data_offsets": place} for i, place in enumerate(places)}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(data)


def broken_files():
    files = {
        "short": (b"abc", "too short"),
        "noise": (bytes(range(256)) * 9, "cut short"),
        "text": (struct.pack("<Q", 4) + b"{{{{", "not JSON"),
        "size": (safetensors([("w", "F32", [3], bytes(8))]), "not what its shape needs"),
        "int-size": (safetensors([("w", "I64", [3], bytes(8))]), "not what its shape needs"),
        "shape": (safetensors([("w", "F32", [-3], bytes(8))]), "not a list of sizes"),
        "before": (broken([-8, -4]), "the place of a is not two whole numbers"),
        "header": (broken([-8, 0]), "the place of a is not two whole numbers"),
        "backwards": (broken([4, 0]), "the place of a is not two whole numbers"),
        "half": (broken([0.5, 4.5]), "the place of a is not two whole numbers"),
        "words": (broken(["0", "4"]), "the place of a is not two whole numbers"),
        "three": (broken([0, 4, 8]), "the place of a is not two whole numbers"),
        "none": (broken(None), "the place of a is not two whole numbers"),
        "behind": (broken([0, 4], [8, 12]), "cut short: b ends behind its end"),
        "overlap": (broken([4, 8], [0, 4], [4, 8]), "c and a overlap"),
        "hole": (broken([0, 4], [8, 12], data=12), "4 bytes between a and b belong to no tensor"),
        "first": (broken([4, 8]), "4 bytes between the header and a belong to no tensor"),
        "rest": (broken([0, 4], [4, 8], data=13), "the last 5 bytes, behind b, belong to no tensor"),
    }
    return {f"{name}.safetensors": (content, [what]) for name, (content, what) in files.items()}


def files_of(server):
    """name: content, what the table or the message must say."""
    files = {}
    sent = "The file stayed here; shape, std and largest value of its tensors were sent."
    kept = "The file stayed here; nothing was sent."
    for dtype in ("f32", "bf16", "f16", "f64", "f8_e5m2"):
        query = f"/init?scheme=he_normal&shape=256,128&seed=7&dtype={dtype}&format=safetensors&name=w"
        files[f"{dtype}.safetensors"] = (server.get(query), ["0.088", "scheme=he_normal,", "256 × 128", sent])
    for scheme, words in (("xavier_uniform", "uniform: "), ("orthogonal", "scheme=orthogonal"), ("he_normal&layout=oi", "&layout=oi"),
                          ("he_normal&truncated=1", "truncated: scheme=he_normal&truncated=1"), ("normal&std=0.003", "normal, closest: scheme=normal&std=0.00"),
                          ("normal&std=0.004082482905", "scheme=normal&std=0.0040824829")):
        files[f"{scheme.replace('&', '-')}.npy"] = (server.get(f"/init?scheme={scheme}&shape=256,512&seed=3&format=npy"), [words, sent])
    files["big.npy"] = (server.get("/init?scheme=normal&std=0.02&shape=2048,1500&seed=3&format=npy"), ["scheme=normal&std=0.02"])
    files["constant.npy"] = (server.get("/init?scheme=constant&value=0.5&shape=9&format=npy"), ["– constant 0.5", kept])
    files["tensors.safetensors"] = (safetensors([]), ["0 tensors", kept])
    files["empty.safetensors"] = (safetensors([("e", "F32", [0, 3], b""), ("f", "F32", [1], bytes(4))]), ["– empty", "– constant 0", kept])
    files["int.safetensors"] = (safetensors([("i", "I64", [1], bytes(8)), ("b", "BOOL", [3], bytes(3))]), ["– not floating point", kept])
    files["type.safetensors"] = (safetensors([("i", "constructor", [1], bytes(8))]), ["– not floating point", kept])
    files["none.safetensors"] = (safetensors([("n", "F32", [2], b"\0\0\xc0\x7f\0\0\0\0")]), ["– 1 of its values are no finite numbers", kept])
    files["markup.safetensors"] = (safetensors([("<img src=x onerror=alert(1)>", "F32", [1], bytes(4))]), ["<img src=x onerror"])
    files["cut.safetensors"] = (files["f32.safetensors"][0][:5000], ["cut short"])
    files["cut.npy"] = (files["xavier_uniform.npy"][0][:-8], ["not what its shape needs"])
    files["noise.npy"] = (bytes(200), ["this is not npy"])
    return files | broken_files()


def near_check(browser, origin):
    """The page, scrolled to where files are checked, when its script is there."""
    browser.width(1280)
    browser.get(origin)
    browser.execute_script("document.querySelector('#check').scrollIntoView()")
    browser.wait("check", "its script", lambda: browser.one("#file").is_displayed())
    hidden = browser.execute_script("return [...document.querySelectorAll('.script-only')].filter((e) => !e.checkVisibility()).length")
    if hidden:
        wrong("check", f"{hidden} parts that need a script stay hidden")


def choose_file(browser, folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    browser.one("#file").send_keys(path)
    browser.wait(name, "an answer", lambda: re.match(re.escape(name) + ": ", browser.text("#file-status")))
    return browser.text("#file-status") + " " + browser.text("#file-result")


def requests_of(browser):
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


def check_files(server):
    browser = Browser()
    near_check(browser, server.origin)
    requests_of(browser)
    with tempfile.TemporaryDirectory() as folder:
        for name, (content, wanted) in files_of(server).items():
            said = choose_file(browser, folder, name, content)
            for text in wanted:
                if text not in said:
                    wrong(name, f"{text!r} is not in {said!r}")
        check_sent(browser)
        check_axe(browser, "files")
        check_answers(server, browser, folder)
    check_quiet("files", browser, server.origin, expected=(400,))
    browser.quit()


def check_sent(browser):
    """Of a file, three numbers of a tensor are sent and nothing else."""
    for url in requests_of(browser):
        if not re.search("/(assets|plot)/|^blob:", url) and not re.search(r"/fit\?shape=[\d,]*&std=[\d.e-]{1,14}&max=[\d.e-]{1,14}$", url):
            wrong("files", f"asks for {url}")


def check_answers(server, browser, folder):
    """A table says of each tensor what /fit says; equal tensors are asked for once; its links lead to the depth."""
    where = "a file of several tensors"
    content = server.get("/init?scheme=xavier_normal&shape=128,64&seed=5")
    rest = [("long", "F32", [1] * 12 + [2048], content[:8192]), ("n", "I32", [1], bytes(4))]
    said = choose_file(browser, folder, "same.safetensors", safetensors([(f"w{i}", "F32", [128, 64], content) for i in range(9)] + rest))
    asked = [url for url in requests_of(browser) if "/fit?" in url]
    rows = browser.execute_script("return [...document.querySelectorAll('#file-result tbody tr')].map((r) => r.lastChild.textContent)")
    fit = json.loads(server.get(asked[0][len(server.origin):]))
    words = f"{fit['kind']}: " + ", ".join(re.sub("^.*[?]|&shape=[^&]*", "", match["request"]) for match in fit["matches"])
    if "xavier_normal" not in words or rows[:9] != [words] * 9 or rows[9] != "–" or len(asked) != 2:
        wrong(where, f"asks {asked} and says {rows}, {said}")
    browser.execute_script("document.querySelector('#file-result a').click()")
    browser.wait(where, "a link", lambda: "scheme=xavier_normal" in browser.current_url and browser.current_url.endswith("#depth"))
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/fit?*"]})
    browser.execute_cdp_cmd("Network.enable", {})
    said = choose_file(browser, folder, "lost.safetensors", safetensors([("w", "F32", [128, 64], content)]))
    if "lost.safetensors: 1 tensor. What fits is not known: The server cannot be reached." not in said or "128 × 64" not in said:
        wrong(where, f"says {said} without an answer")
    browser.get_log("browser")  # of the answers that were held back


DROP = """
    const [bytes, name, done] = arguments, data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
    const place = document.querySelector("#check");
    for (const type of ["dragenter", "dragover", "drop"]) {
      const event = new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data});
      place.dispatchEvent(event);
      if (type === "dragover" && (!event.defaultPrevented || !place.classList.contains("drop"))) return done("does not take files");
    }
    done(place.classList.contains("drop") ? "still waits for a file" : "");"""


def check_drop(server):
    """A file that is dropped is read as a chosen one is."""
    where = "a file dropped in"
    browser = Browser()
    near_check(browser, server.origin)
    content = server.get("/init?scheme=he_uniform&shape=300,200&seed=7&format=safetensors&name=layer")
    said = browser.execute_async_script(DROP, base64.b64encode(content).decode(), "dropped.safetensors")
    if said:
        wrong(where, said)
    browser.wait(where, "an answer", lambda: browser.text("#file-status").startswith("dropped.safetensors: 1 tensor."))
    if "uniform: scheme=he_uniform" not in browser.text("#file-result"):
        wrong(where, f"says {browser.text('#file-result')}")
    check_quiet(where, browser, server.origin)
    browser.quit()


def check_fit(server):
    browser = Browser()
    near_check(browser, server.origin)
    where = "three numbers"
    browser.one("#fit-form button").click()
    browser.wait(where, "a match", lambda: "scheme=normal&std=0.02&shape=768,3072" in browser.text("#fit-result"))
    if not browser.one("#fit-result a").get_attribute("href").endswith("shape=768,3072#depth"):
        wrong(where, "do not lead to the depth")
    browser.type("#fit-max", "")
    browser.one("#fit-form button").click()
    browser.wait(where, "an answer without the largest", lambda: browser.text("#fit-result").startswith("any; these schemes"))
    browser.type("#fit-std", "x")
    browser.one("#fit-form button").click()
    browser.wait(where, "an error", lambda: "std" in browser.text("#fit-result") and "scheme" not in browser.text("#fit-result"))
    check_quiet(where, browser, server.origin, expected=(400,))
    browser.quit()


def check_models(server):
    browser = Browser()
    near_check(browser, server.origin)
    where = "models"
    browser.one("#model-form button").click()
    browser.wait(where, "a table", lambda: ": " in browser.text("#model-status"))
    rows = browser.execute_script("return [...document.querySelectorAll('#model-result tbody tr')].map((r) => [...r.children].map((c) => c.textContent))")
    table = json.loads(server.get("/models/tiny-llama?seed=7"))
    if [row[0] for row in rows] != [tensor["name"] for tensor in table["tensors"]]:
        wrong(where, f"{browser.text('#model-status')}; shows {[row[0] for row in rows]}")
    for row in rows:
        expected, measured = row[3], row[4]
        if expected not in ("–", "0") and abs(float(measured) / float(expected) - 1) > 0.2:
            wrong(where, f"{row} is far off")
    check_axe(browser, where)
    browser.type("#model-name", "no-such-model")
    browser.one("#model-form button").click()
    browser.wait(where, "an error", lambda: "no" in browser.text("#model-status") and "Asking" not in browser.text("#model-status"))
    check_quiet(where, browser, server.origin, expected=(404,))
    browser.quit()


def check_busy():
    """A server that wants fewer requests is asked again later, and the page says so."""
    server = Running("--rate-limit", "1", "--rate-burst", "5")
    browser = Browser()
    browser.get(server.origin)
    seen = set()
    for i in range(8):
        browser.type("#f-seed", str(100 + i))
        for _ in range(12):
            seen.add(browser.text("#status"))
            time.sleep(0.02)
    browser.wait("a busy server", "to be said", lambda: seen.add(browser.text("#status")) or any("busy" in text for text in seen))
    browser.wait("a busy server", "the last value", lambda: "seed=107" in browser.text("#url"))
    check_quiet("a busy server", browser, server.origin, expected=(429,))
    browser.quit()
    server.stop()


def check_busy_pictures():
    """A picture that was refused with the first load comes later, and is not asked for any more then."""
    where = "pictures of a busy server"
    server = Running("--rate-limit", "1", "--rate-burst", "4")
    browser = Browser()
    browser.width(1280)
    browser.get(server.origin)
    first = browser.text("#status")
    browser.wait(where, "to be said", lambda: browser.text("#status").startswith("The server is busy: asking again in "))
    drawn = "return [...document.querySelectorAll('[data-live] img')].map((i) => i.complete && i.naturalWidth > 0)"
    browser.wait(where, "pictures", lambda: set(browser.execute_script(drawn)) == {True})
    browser.wait(where, "the sentence of before", lambda: browser.text("#status").startswith("he_normal") or browser.text("#status") == first)
    time.sleep(2)
    asked = [url for url in requests_of(browser) if "/plot/sweep.svg" in url or "/plot/heat.png" in url]
    if len(asked) > 12:
        wrong(where, f"are asked for {len(asked)} times")
    check_quiet(where, browser, server.origin, expected=(429,))
    browser.quit()
    server.stop()


def check_gone():
    """Every part says in words that there is no server any more."""
    server = Running()
    browser = Browser()
    near_check(browser, server.origin)
    for kept in (False, True):  # does the browser have the reader of files?
        with tempfile.TemporaryDirectory() as folder:
            if kept:
                choose_file(browser, folder, "v.safetensors", safetensors([]))
                server.stop()
            else:
                browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/reader.js"]})
            said = choose_file(browser, folder, "w.safetensors", safetensors([("w", "F32", [2], struct.pack("<2f", 1, 2))]))
            browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        if "The server cannot be reached." not in said or ("1 tensor" in said) != kept:
            wrong("no server", f"a file: {said}")
    browser.execute_script("document.querySelector('#p-sweep details').open = true; document.querySelector('#grid').scrollIntoView()")
    browser.one("#fit-form button").click()
    browser.one("#model-form button").click()
    browser.put("#layer", "3")
    browser.put("#f-seed", "9")
    for place in ("#p-sweep details p", "#fit-result", "#model-status", "#readout", "#grid", "#status"):
        browser.execute_script("document.querySelector(arguments[0]).scrollIntoView()", place)
        browser.wait("no server", place, lambda: browser.text(place) == "The server cannot be reached.")
    for entry in browser.get_log("browser"):
        if "net::ERR_" not in entry["message"]:
            wrong("no server", f"the console says {entry['message']}")
    browser.quit()


def check_unavailable(server):
    """A server that has no room now is asked again when it said, and the page says so."""
    where = "503"
    browser = Browser()
    browser.get(server.origin)
    browser.execute_script("""
        const real = window.fetch;
        let times = 0;
        window.fetch = (...all) => times++ ? real(...all) : Promise.resolve(new Response("", {status: 503, headers: {"Retry-After": "2"}}));""")
    start = time.monotonic()
    browser.type("#f-seed", "21")
    browser.wait(where, "to be said", lambda: browser.text("#status") == "The server is busy: asking again in 2 s.")
    browser.wait(where, "the value", lambda: "seed=21" in browser.text("#url"))
    if time.monotonic() - start < 2:
        wrong(where, "does not wait as long as it was told")
    check_quiet(where, browser, server.origin)
    browser.quit()


def check_pictures(server):
    """Every picture of tests/vectors/plots.txt is drawn by rsvg-convert and by the browser, in the size that it names."""
    if not shutil.which("rsvg-convert"):
        print("skipped: pictures drawn by rsvg-convert (sudo apt-get install librsvg2-bin)")
        return
    browser = Browser()
    browser.get(server.origin + "/livez")
    with open(VECTORS, encoding="utf-8") as file:
        targets = [line.split()[1] for line in file]
    for target in targets:
        if ".svg?" not in target:
            continue
        svg = server.get(target)
        width, height = (int(value) for value in re.search(rb'width="(\d+)" height="(\d+)"', svg).groups())
        png = subprocess.run(["rsvg-convert"], input=svg, capture_output=True)
        if png.returncode or struct.unpack(">II", png.stdout[16:24]) != (width, height) or len(png.stdout) < 1500:
            wrong(target, f"rsvg-convert draws {len(png.stdout)} bytes; {png.stderr.decode()}")
        drawn = browser.execute_async_script(
            "const [url, done] = arguments, i = new Image(); i.onload = () => done([i.naturalWidth, i.naturalHeight]);"
            "i.onerror = () => done('nothing'); i.src = url;", server.origin + target)
        if drawn != [width, height]:
            wrong(target, f"the browser draws {drawn}, not {width} x {height}")
    browser.quit()


def check_time(server):
    """From a key to the new facts: within 100 ms after the pause, as a median."""
    browser = Browser()
    browser.get(server.origin)
    took = browser.execute_async_script("""
        const done = arguments[0], field = document.querySelector("#f-seed"), times = [];
        const next = (i) => {
          if (i === 15) { done(times.sort((a, b) => a - b)[7]); return; }
          field.value = String(200 + i);
          field.dispatchEvent(new Event("input", {bubbles: true}));
          const start = performance.now();
          const look = () => {
            if (document.querySelector("#url").textContent.endsWith("seed=" + (200 + i))) { times.push(performance.now() - start); next(i + 1); }
            else requestAnimationFrame(look);
          };
          look();
        };
        next(0);""")
    print(f"from a key to new facts: {took:.0f} ms, 120 of them the pause")
    if took - 120 > 100:
        wrong("a change", f"takes {took - 120:.0f} ms after the pause")
    browser.quit()


def check_first_load(server):
    """An empty cache, numbers nobody asked for before: the pictures are there within 300 ms, as a median, and the document is
    small."""
    browser = Browser()
    browser.width(1280)
    took = []
    for seed in range(301, 308):
        browser.execute_cdp_cmd("Network.clearBrowserCache", {})
        browser.get(f"{server.origin}/?seed={seed}")
        took.append(browser.execute_async_script("""
            const done = arguments[0], seen = [];
            new PerformanceObserver((list) => seen.push(...list.getEntries())).observe({type: "largest-contentful-paint", buffered: true});
            const sweep = document.querySelector("#p-sweep img");
            const look = () => {
              const paint = Math.max(0, ...seen.map((entry) => entry.startTime));
              const loaded = performance.getEntriesByName(sweep.currentSrc)[0]?.responseEnd;
              if (paint && loaded && sweep.complete) done(Math.max(paint, loaded));
              else requestAnimationFrame(look);
            };
            look();"""))
    median = sorted(took)[len(took) // 2]
    elements = browser.execute_script("return document.querySelectorAll('*').length")
    print(f"from nothing to the pictures: {median:.0f} ms; {elements} elements")
    if median > 300:
        wrong("the first load", f"shows the pictures after {median:.0f} ms")
    if elements > ELEMENTS_MAX:
        wrong("the first load", f"makes {elements} elements, at most {ELEMENTS_MAX} are allowed")
    browser.quit()


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    server = Running()
    try:
        for check in (check_without_script, check_changes, check_kept, check_readout, check_grid, check_keyboard, check_files, check_drop, check_fit, check_models, check_unavailable, check_pictures,
                      check_time, check_first_load):
            check(server)
        check_looks(server, folder)
    finally:
        server.stop()
    check_busy()
    check_busy_pictures()
    check_gone()
    print("\n".join(dict.fromkeys(problems)) or "the page is right")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
