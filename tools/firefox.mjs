// A sale, its troubles and its cancellation in Firefox, by the keyboard alone:
//   node firefox.mjs '{"url": …, "control": …, "script": true, "agent": [email, password], "desk": [email, password], "date": "8/1"}'
// POST to control breaks the supplier's quotes, DELETE mends them. What is not as it
// should be is printed, and ends with 1.
import puppeteer from "puppeteer-core";

const { url, control, script, agent, desk, date, firefox } = JSON.parse(process.argv[2]);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  headless: true,
  extraPrefsFirefox: { "javascript.enabled": script },
});
let page = await browser.newPage();
let step = "begin";

const path = () => new URL(page.url()).pathname;
const check = (right, what) => {
  if (!right) throw new Error(`${what}, at ${page.url()}`);
};
const open = (to) => page.goto(url + to);
const type = async (selector, text) => {
  await page.focus(selector);
  // The portal may have kept what stood there.
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.type(text);
};
const press = async (selector, key) => {
  await page.focus(selector);
  await page.keyboard.press(key);
};
const leave = async (selector, key = "Enter") => {
  const gone = page.waitForNavigation();
  await press(selector, key);
  await gone;
};
const text = (selector) => page.$eval(selector, (e) => e.textContent.trim());
const value = (selector) => page.$eval(selector, (e) => e.value);
const has = async (selector) => (await page.$(selector)) !== null;

const signIn = async ([email, password]) => {
  await open("/sign-in");
  await type("#email", email);
  await type("#password", password);
  await leave("#password");
  check(path() !== "/sign-in", "the password was refused");
};
const fillStay = async () => {
  if (script) {
    await type("#zone", "roissy");
    await page.keyboard.press("Tab");
  } else {
    await type("#zone", "CDG");
  }
  await type("#from_date", date);
  await type("#from_time", "605");
  await type("#to_date", "+8");
  await type("#to_time", "2240");
};

const steps = {
  async "a person signs in"() {
    await signIn(agent);
    check((await page.$eval("html", (e) => e.classList.contains("js"))) === script, "the script is not as it should be");
  },
  async "a refused form says why, and Back leads to what was typed"() {
    await open("/quotes/new");
    await type("#from_date", "31/2");
    await type("#from_time", "605");
    await leave("#from_time");
    check(await has(".error-summary li"), "no message");
    check((await value("#from_date")) === "31/2", "the date is lost");
    await page.goBack();
    check((await value("#from_date")) === "31/2", "Back lost the date");
  },
  async "a supplier that is down loses nothing"() {
    await open("/quotes/new");
    await fillStay();
    await fetch(control, { method: "POST" });
    await leave("#to_time");
    check((await text("h1")) !== "", "an empty page");
    await fetch(control, { method: "DELETE" });
    await page.goBack();
    check((await value("#to_time")) === "2240", "Back lost the stay");
  },
  async "a quote, a customer and a car"() {
    // The portal asks a supplier that was down again after a while.
    for (let tries = 0; !(await has("#service-cancellation_insurance")); tries++) {
      check(tries < 20, "no quote: " + (await text("main")).slice(0, 200));
      await new Promise((after) => setTimeout(after, 1000));
      await open("/quotes/new");
      await fillStay();
      await leave("#to_time");
    }
    await press("#service-cancellation_insurance", " ");
    await leave("#service-cancellation_insurance");
    const customer = { last_name: "Durand", first_name: "Anne", phone: "0199001234", email: "anne@example.test", plate: "ab123cd", make: "Renault", model: "Clio", color: "bleue" };
    for (const [id, typed] of Object.entries(customer)) await type("#" + id, typed);
    await leave("#color");
    check(path().endsWith("/check"), "the customer was refused");
  },
  async "it is booked and paid"() {
    await press("[name=pay_method]", " ");
    await leave("[name=pay_method]");
    check(path().startsWith("/bookings/"), "it is not booked");
    await leave(`main a[href="${path()}/pay"]`);
    await press("[name=pay_method]", " ");
    await leave("[name=pay_method]");
    check(path().endsWith("/confirmation"), "it is not paid");
  },
  async "customer service cancels it"() {
    const sale = path().replace("/confirmation", "");
    await page.close();
    page = await (await browser.createBrowserContext()).newPage();
    await signIn(desk);
    await open(sale + "/cancel");
    await press("[name=reason]", " ");
    await press("[name=agreed]", " ");
    await leave("[name=agreed]");
    check(await has("[data-testid=sure]"), "it does not ask once more");
    await leave("[data-testid=sure] button[type=submit]");
    check(path().startsWith(sale), "it leads elsewhere");
    check((await page.$eval("[data-testid=state]", (e) => e.dataset.state)) === "cancelled", "it is not cancelled");
  },
};

try {
  for (const [name, run] of Object.entries(steps)) {
    step = name;
    await run();
  }
} catch (error) {
  console.log(`${step}: ${error.message}`);
  process.exitCode = 1;
}
await browser.close();
