import { expect, test } from "vitest";
import { addressOf, viewOf } from "../../../dashboard/src/view-state.ts";

test("the panel of the alerts card, its filter and the rule that is tried are in the address", () => {
  const address = new URL("https://t.example/?alerts=history&find=meta+HIGH&rule=slow#alert=a-1");
  const view = viewOf(address);
  expect(view).toMatchObject({
    alertPanel: "history",
    alertFilter: "meta HIGH",
    rule: "slow",
    alert: "a-1",
  });
  expect(viewOf(addressOf(view, new URL("https://t.example/")))).toEqual(view);
});

test("a panel that there is not is none", () => {
  expect(viewOf(new URL("https://t.example/?alerts=everything"))).toMatchObject({
    alertPanel: null,
    alertFilter: "",
  });
});
