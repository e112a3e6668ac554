# SPDX-License-Identifier: MIT
"""Opens a page in headless Chromium, through its DevTools protocol over a socket of the standard library, and checks what a
reader would run into. Exit status 0 good, 1 with one line for each fault, 77 where there is no Chromium.

usage: check_page.py PAGE.html [--screenshots DIR]
"""
import base64
import http.client
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.parse

FAULTS = """(() => {
  const faults = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 &&
      !e.closest('.wide'));
    faults.push(`the page is ${root.scrollWidth} px wide at ${root.clientWidth} px: ` + wide.slice(0, 5).map(e => e.tagName + '#' + e.id +
      '.' + e.className).join(' '));
  }
  for (const image of document.images) {
    if (!image.complete || image.naturalWidth === 0) faults.push('broken image: ' + image.alt);
    if (!image.alt) faults.push('an image without a text');
    if (!image.src.startsWith('data:')) faults.push('an image from outside: ' + image.src);
  }
  for (const link of document.querySelectorAll('a[href^="#"]'))
    if (!document.getElementById(link.getAttribute('href').slice(1))) faults.push('a link to nothing: ' + link.getAttribute('href'));
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('an id twice: ' + id);
  let level = 0;
  for (const heading of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push('a heading that skips a level: ' + heading.textContent);
    level = next;
  }
  return faults;
})()"""

OPEN_AND_CLOSE = """(async () => {
  const pause = () => new Promise(done => setTimeout(done, 100));
  const link = document.querySelector('figure a.open');
  if (!link) return ['no picture can be enlarged'];
  const faults = [];
  link.focus();
  link.click();
  await pause();
  const box = link.closest('figure').getBoundingClientRect();
  if (box.width < document.documentElement.clientWidth - 1 || box.height < innerHeight - 1) faults.push('an enlarged picture does not fill the window');
  document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
  await pause();
  if (document.querySelector('figure:target')) faults.push('Escape does not close an enlarged picture');
  if (document.activeElement !== link) faults.push('the focus is lost when a picture closes');
  return faults;
})()"""


class DevTools:
    """One WebSocket (RFC 6455) to one tab."""

    def __init__(self, url):
        place = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        self.number = 0
        self.events = []

    def receive(self):
        text = b""
        while True:
            first, second = self.stream.read(2)
            size = second & 127
            if size == 126:
                size, = struct.unpack(">H", self.stream.read(2))
            elif size == 127:
                size, = struct.unpack(">Q", self.stream.read(8))
            text += self.stream.read(size)
            if first & 128:
                return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        data = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        mask = os.urandom(4)
        head = struct.pack(">BBH", 129, 254, len(data)) if len(data) < 65536 else struct.pack(">BBQ", 129, 255, len(data))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        while not any(one.get("method") == event for one in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "an exception"))
        return result["result"].get("value")


def start(chromium, profile):
    """Starts the browser; its first line tells where it listens."""
    process = subprocess.Popen(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("DevTools listening on "):
            return process, urllib.parse.urlparse(line.split()[-1])
    raise RuntimeError("Chromium does not start")


def tab_of(place):
    """The address of the first tab, by a plain HTTP request: proxies of the environment must not see it."""
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.request("GET", "/json/list")
    tabs = json.loads(connection.getresponse().read())
    return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")


def problems_of(events):
    """Errors that the console, the page's script or the loader told."""
    for event in events:
        method, told = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield "script: " + told["exceptionDetails"].get("exception", {}).get("description", "an exception")
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            yield "console: " + " ".join(str(one.get("value")) for one in told["args"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            yield "log: " + told["entry"]["text"]
        elif method == "Network.requestWillBeSent" and told["request"]["url"].startswith(("http:", "https:", "ws:")):
            yield "asks the network for " + told["request"]["url"]


def check(tools, page, screenshots):
    faults = []
    for domain in ("Page", "Runtime", "Log", "Network"):
        tools.call(domain + ".enable")
    for width, height in ((360, 740), (1280, 900)):
        tools.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        tools.events.clear()
        tools.call("Page.navigate", url=page.resolve().as_uri())
        tools.wait_for("Page.loadEventFired")
        tools.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => 0))).then(() => 1)")
        # What is folded has to fit as well.
        tools.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        faults += [f"{width} px: {fault}" for fault in tools.evaluate(FAULTS) + tools.evaluate(OPEN_AND_CLOSE)]
        faults += [f"{width} px: {problem}" for problem in problems_of(tools.events)]
        if screenshots:
            picture = tools.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
            (screenshots / f"{width}.png").write_bytes(base64.b64decode(picture))
    paper = base64.b64decode(tools.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    if not paper.startswith(b"%PDF"):
        faults.append("it cannot be printed")
    if screenshots:
        (screenshots / "print.pdf").write_bytes(paper)
    return faults


def main():
    page = pathlib.Path(sys.argv[1])
    screenshots = pathlib.Path(sys.argv[3]) if sys.argv[2:3] == ["--screenshots"] else None
    chromium = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    if not chromium:
        print("no Chromium: apt-get install chromium")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, place = start(chromium, profile)
        try:
            faults = check(DevTools(tab_of(place)), page, screenshots)
        finally:
            process.terminate()
            process.wait()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main())
