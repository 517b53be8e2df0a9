#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""browser.py STATE COMMAND [ARGUMENT]...: steers a browser by WebDriver, with Python's standard library
alone. STATE is a file that keeps which browser it is.

  begin PORT DIRECTORY   a new one, by the chromedriver at this port; prints its pid
  end
  open URL
  fill CSS TEXT          writes TEXT into the field that CSS selects
  click CSS
  text [CSS]             prints what a person reads there, or on the whole page
  url                    prints where it is
  script JAVASCRIPT      prints what it returns
  headers NAME VALUE...  from now on in each request, as a proxy would add them
  cookie NAME [VALUE]    prints a cookie, or changes it
  picture FILE           of what the page looks like, as PNG

It succeeds if the browser did so within 20 seconds: what is not there yet, it waits for.
"""
import base64
import json
import sys
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Only the loopback, no talk of the browser's own, and no sandbox, which root cannot have.
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--disable-features=PasswordLeakDetection --window-size=1200,900").split()
RESOLVE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Refused(Exception):
    pass


class Browser:
    def __init__(self, base):
        self.base = base

    def call(self, method, path, **body):
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise Refused(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def element(self, css):
        found = self.call("POST", "/element", using="css selector", value=css)
        return f"/element/{found[ELEMENT]}"

    def open(self, url):
        self.call("POST", "/url", url=url)

    def fill(self, css, text):
        element = self.element(css)
        self.call("POST", element + "/clear")
        self.call("POST", element + "/value", text=text)

    def click(self, css):
        self.call("POST", self.element(css) + "/click")

    def text(self, css="body"):
        return self.call("GET", self.element(css) + "/text")

    def url(self):
        return self.call("GET", "/url")

    def script(self, script):
        return self.call("POST", "/execute/sync", script=script, args=[])

    def headers(self, *pairs):
        self.devtools("Network.enable")
        self.devtools("Network.setExtraHTTPHeaders", headers=dict(zip(pairs[::2], pairs[1::2])))

    def devtools(self, command, **parameters):
        self.call("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def cookie(self, name, value=None):
        if value is None:
            return self.call("GET", "/cookie/" + name)["value"]
        self.call("POST", "/cookie", cookie={"name": name, "value": value})

    def picture(self, file):
        with open(file, "wb") as picture:
            picture.write(base64.b64decode(self.call("GET", "/screenshot")))

    def end(self):
        self.call("DELETE", "")


def begin(state, port, directory):
    base = f"http://127.0.0.1:{port}/session"
    options = {"args": [*ARGUMENTS, RESOLVE, "--user-data-dir=" + directory]}
    session = Browser(base).call(
        "POST", "", capabilities={"alwaysMatch": {"goog:chromeOptions": options}})
    with open(state, "w") as file:
        file.write(f"{base}/{session['sessionId']}")
    return session["capabilities"]["goog:processID"]


def insist(command, *arguments):
    deadline = time.monotonic() + 20
    while True:
        try:
            return command(*arguments)
        except Refused as error:
            if time.monotonic() > deadline:
                sys.exit(f"{command.__name__} {' '.join(arguments)}: {error}")
            time.sleep(0.05)


def main(state, command, *arguments):
    if command == "begin":
        print(begin(state, *arguments))
        return
    with open(state) as file:
        browser = Browser(file.read())
    result = insist(getattr(browser, command), *arguments)
    if result is not None:
        print(result)


main(*sys.argv[1:])
