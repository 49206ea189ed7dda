import { Html } from './html.js';

/** The page's only style sheet; colours are told apart by people with the usual colour blindnesses, in both modes. */
export const styles = new Html(`
:root { color-scheme: light dark; --text: #1f2328; --quiet: #5b6470; --page: #fff; --line: #e1e4e8; --base: #9aa3ad;
  --first: #2a6fcf; --area: #2a6fcf26; --second: #d9822b; --bad: #b42318; --good: #1a7f4b; --notice: #8a5a00; --switch: #7a3fc0; --box: #fff6e5; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --quiet: #a0a9b4; --page: #14171b; --line: #2e343b; --base: #6b7480;
  --first: #5b9df0; --area: #5b9df033; --second: #e09a4f; --bad: #f2816f; --good: #57c28a; --notice: #e0b04d; --switch: #b892ee; --box: #2d2615; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1160px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 0 0 8px; font-size: 20px; } h3 { margin: 24px 0 8px; font-size: 15px; }
header p, .none, small, dt, th, .short { color: var(--quiet); }
header p, .none { margin: 4px 0 16px; }
section { margin-top: 36px; padding-top: 24px; border-top: 2px solid var(--line); }
a { color: var(--first); } code { font-size: 13px; }
.warning { padding: 10px 14px; background: var(--box); border-left: 4px solid var(--notice); margin: 16px 0; }
.warning ul { margin: 4px 0 0; padding-left: 20px; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; } .notice { color: var(--notice); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; } dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th { text-align: left; font-weight: 500; } th, td { padding: 5px 16px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px 32px; }
figure { margin: 0; } figcaption { line-height: 1.35; min-height: 62px; } .head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; } .short { font-size: 13px; }
time { white-space: nowrap; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); } svg .base { stroke: var(--base); }
svg .first { fill: var(--first); } svg .second { fill: var(--second); }
svg .stem { stroke: var(--first); stroke-opacity: 0.45; }
svg .line { fill: none; stroke: var(--first); stroke-width: 1.4; stroke-linejoin: round; } svg .area { fill: var(--area); }
svg .failure path { fill: var(--bad); } svg .switch line { stroke: var(--switch); stroke-width: 2; stroke-dasharray: 5 3; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 2px 0 0; font-size: 13px; color: var(--quiet); }
.key { display: inline-block; width: 11px; height: 11px; margin-right: 6px; font: 11px/11px sans-serif; }
.key.first { background: var(--first); } .key.second { background: var(--second); } .key.failure { color: var(--bad); }
.key.switch { width: 0; border-left: 2px dashed var(--switch); vertical-align: -1px; }
@media print { body { padding: 0; } section, figure { break-inside: avoid-page; } }
`);
