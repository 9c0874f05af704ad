const LIGHT = `--back:#fff;--text:#0f172a;--dim:#475569;--line:#cbd5e1;--card:#f8fafc;--code:#f1f5f9;--link:#1d4ed8;
--reachable:#166534;--reachable-back:#dcfce7;--degraded:#854d0e;--degraded-back:#fef3c7;--broken:#991b1b;--broken-back:#fee2e2;
--unknown:#155e75;--unknown-back:#cffafe;--entry:#1d4ed8;--entry-back:#dbeafe;--name:#6d28d9;--name-back:#ede9fe`

const DARK = `--back:#0b1220;--text:#e2e8f0;--dim:#a3b1c6;--line:#334155;--card:#111a2c;--code:#1a2438;--link:#93c5fd;
--reachable:#86efac;--reachable-back:#14321f;--degraded:#fcd34d;--degraded-back:#3a2a08;--broken:#fca5a5;--broken-back:#451a1a;
--unknown:#67e8f9;--unknown-back:#0b3540;--entry:#93c5fd;--entry-back:#172a4f;--name:#c4b5fd;--name-back:#2a1f4d`

/** How pages look: light or dark as the reader's system is, from a telephone's width to paper. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:84rem;margin:0 auto;padding:1rem 1.25rem}
header{padding-bottom:0}footer{color:var(--dim);border-top:1px solid var(--line)}
h1{font-size:1.6rem;line-height:1.2;margin:0 .75rem 0 0;display:inline}
h2{font-size:1.25rem;margin:2rem 0 .75rem}h3{font-size:1.05rem;margin:0}h4{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.4rem 0}figure{margin:0}a{color:var(--link)}ul,ol{margin:.4rem 0;padding-left:1.4rem}
.impact{font-size:1.2rem;margin:.75rem 0}
.facts{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.25rem}
.dim{color:var(--dim)}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;padding:.6rem 0;border-bottom:1px solid var(--line)}
code,pre,.rules td:nth-child(2),.way text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
pre{margin:0;white-space:pre-wrap}
.badge{display:inline-block;border-radius:.3rem;padding:.05rem .5rem;font-weight:700;font-size:.85rem;border:1px solid}
h1+.badge{font-size:1.05rem;text-transform:uppercase;vertical-align:.15rem}
.reachable,.passed{color:var(--reachable);background:var(--reachable-back)}
.degraded,.warning{color:var(--degraded);background:var(--degraded-back)}
.broken,.failed,.error{color:var(--broken);background:var(--broken-back)}
.unknown,.info{color:var(--unknown);background:var(--unknown-back)}
button{font:inherit;font-size:.9rem;color:var(--text);background:var(--back);border:1px solid var(--dim);border-radius:.3rem;padding:.2rem .7rem;min-height:1.75rem;cursor:pointer}
button[hidden]{display:none}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.finding,.node,.fold{border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:.75rem 0;padding:.75rem 1rem}
.finding{border-left-width:.4rem}
.finding.of-error{border-left-color:var(--broken)}.finding.of-warning{border-left-color:var(--degraded)}.finding.of-info{border-left-color:var(--unknown)}
.fix{display:flex;gap:.75rem;align-items:flex-start;justify-content:space-between;background:var(--code);border-radius:.3rem;padding:.6rem .75rem;margin:.5rem 0}
.fix pre{min-width:0}.fix button{flex:none}
.proof li{margin:.4rem 0}
summary{cursor:pointer;padding:.15rem 0}summary h3,summary h4{display:inline;margin:0 .5rem 0 0}
.node>summary{display:flex;flex-wrap:wrap;gap:.2rem .75rem;align-items:baseline}
.node>summary::before{content:"▸";color:var(--dim)}.node[open]>summary::before{content:"▾"}
.count{margin-left:auto}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;font-size:.9rem;overflow-wrap:normal}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:600;white-space:nowrap}
.figures td,.figures th{white-space:nowrap}.figures td.words{white-space:normal;min-width:16rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.right{text-align:right}
tr.bad td{color:var(--broken)}
.rules td:nth-child(2){overflow-wrap:anywhere;min-width:18rem}.rules td{white-space:nowrap}.rules td:nth-child(2){white-space:normal}
.chains{color:var(--dim)}
.way{overflow:auto;max-height:50rem;border:1px solid var(--line);border-radius:.5rem;background:var(--back)}
.way svg{display:block;height:auto;max-width:100%}
.way text{fill:var(--text);font-size:11px}
.way .title{font:600 12px system-ui,sans-serif}
.way .label{fill:var(--dim);font:11px system-ui,sans-serif;paint-order:stroke;stroke:var(--back);stroke-width:3px}
.way rect{fill:var(--back);stroke:var(--dim)}
.way .box rect{fill:var(--card);stroke:var(--line)}
.way .is-entry rect{fill:var(--entry-back);stroke:var(--entry)}
.way .is-name rect{fill:var(--name-back);stroke:var(--name)}
.way .is-pod rect{fill:var(--reachable-back);stroke:var(--reachable)}
.way .is-more rect,.way .is-doubt rect,.way .stale rect,.way .missing rect,.way .unknown rect{stroke-dasharray:4 3}
.way .degraded rect{fill:var(--degraded-back);stroke:var(--degraded)}
.way .broken rect,.way .stale rect{fill:var(--broken-back);stroke:var(--broken)}
.way .missing rect{fill:var(--back);stroke:var(--broken)}
.way .unknown rect{fill:var(--unknown-back);stroke:var(--unknown)}
.way .box.degraded rect,.way .box.broken rect,.way .box.unknown rect{fill:var(--card);stroke-width:2}
.way path{fill:none;stroke:var(--dim);stroke-width:1.2}
.way .dashed{stroke-dasharray:4 3}
.way path.degraded{background:none;stroke:var(--degraded)}
.way path.broken,.way path.stale,.way path.missing{background:none;stroke:var(--broken)}
.way path.unknown{background:none;stroke:var(--unknown)}
.way marker path{fill:var(--dim);stroke:none}
.legend{font-size:.9rem;color:var(--dim)}
#said{position:fixed;left:50%;bottom:1rem;transform:translateX(-50%);margin:0;padding:.4rem 1rem;border-radius:.3rem;background:var(--text);color:var(--back)}
#said:empty{display:none}
@media (max-width:40rem){
header,main,footer{padding-left:.75rem;padding-right:.75rem}
.fix{flex-direction:column}.count{margin-left:0}
.finding,.node,.fold{padding:.6rem .7rem}
.rules td:nth-child(2){min-width:14rem}
}
@page{size:landscape;margin:12mm}
@media print{
:root{color-scheme:light}
body{font-size:10pt}header,main,footer{max-width:none;padding:0}
nav,button,#said{display:none}
details::details-content{content-visibility:visible;block-size:auto;display:block}
.scroll,.way{overflow:visible;max-height:none}.way svg{min-width:0!important}
table{font-size:7.5pt;overflow-wrap:anywhere}.figures td,.rules td{white-space:normal}.rules td:nth-child(2),.figures td.words{min-width:0}
th,td{padding-right:.4rem}
.finding,tr{break-inside:avoid}
}
`
