// SPDX-License-Identifier: MIT
// The report's style sheet and script. Pictures are enlarged by :target, a link to themselves, so that this works without
// the script; the script adds the Escape key and opens what is folded before printing.
#pragma once

namespace irmae::analysis::page {

inline constexpr const char* kStyle = R"(
body{font:16px/1.5 "DejaVu Sans",Verdana,Arial,sans-serif;color:#111;background:#fff;max-width:72rem;margin:0 auto;padding:1rem;overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.35rem;margin:2.5rem 0 .5rem;border-bottom:2px solid #0072B2}
h3{font-size:1.1rem;margin:2rem 0 .5rem}
nav ul{margin:.2rem 0;padding-left:1.2rem}nav>ul>li{margin-bottom:.4rem}
@media(min-width:60rem){nav>ul{columns:2}nav>ul>li{break-inside:avoid}}
a{color:#005a8c}a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:3px solid #D55E00;outline-offset:2px}
.paper{border-left:4px solid #0072B2;background:#f2f7fb;padding:.5rem .8rem;margin:.6rem 0}
.missing{border-left:4px solid #E69F00;background:#fff8ea;padding:.5rem .8rem;margin:.6rem 0}
.note{color:#444;font-size:.875rem}code{overflow-wrap:anywhere;background:#f3f3f3;padding:0 .2rem}
.wide{overflow-x:auto;margin:0 0 .6rem}table{border-collapse:collapse;font-size:.85rem}
.caption{color:#444;font-size:.875rem;margin:1rem 0 .2rem;max-width:60rem}
td,th{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap;vertical-align:top}
thead th{border-bottom:2px solid #888;vertical-align:bottom}.wide th:first-child{position:sticky;left:0;background:#fff}
@media(max-width:40rem){.wide tbody th{white-space:normal;min-width:6rem;max-width:9rem}}
tbody th{font-weight:normal}.word{text-align:left}
.wrap{display:inline-block;min-width:16rem;white-space:normal}
td small{display:block;color:#005a8c}.gone{color:#8a5a00}
.pictures{display:flex;flex-wrap:wrap;gap:1rem;margin:.6rem 0}.place{flex:0 1 auto;min-width:0;max-width:100%}
figure{margin:0}figcaption{font-size:.875rem;contain:inline-size}figure a.open{display:block}
figure img{display:block;max-width:100%;height:auto;border:0}
@media(min-width:40rem){.grown img{image-rendering:pixelated}}
@media(min-width:56rem) and (min-height:42rem){figure:target.fits img{image-rendering:pixelated}}
.curves{width:30rem;max-width:100%}.curves img{width:100%}
a.close{display:none}
figure:target{position:fixed;inset:0;z-index:9;width:auto;max-width:none;background:#fff;padding:.5rem;display:flex;flex-direction:column}
figure:target a.open{flex:1;min-height:0;overflow:auto}figure:target img{width:100%;height:100%;min-width:40rem;max-width:none;object-fit:contain}
figure:target a.close{display:block;align-self:flex-end;padding:.4rem .8rem;border:1px solid #888;background:#fff}
details{margin:.6rem 0}summary{cursor:pointer;padding:.3rem 0}
@page{margin:12mm}
@media print{body{max-width:none;padding:0;font-size:10pt}a{color:inherit;text-decoration:none}
h2,h3{break-after:avoid}figure,tr,.paper,.missing{break-inside:avoid}thead{display:table-header-group}
.wide{overflow:visible}table{font-size:6.5pt;max-width:100%}td,th{padding:.15rem .25rem}
th,.word{white-space:normal}.word{overflow-wrap:anywhere;min-width:4.5em}thead .word{overflow-wrap:normal}
.wide th:first-child{position:static}
.caption,.paper{break-after:avoid}.caption{break-inside:avoid}.pictures{display:block;orphans:1;widows:1}
.place{display:inline-block;vertical-align:top;margin:0 2mm 2mm 0;break-inside:avoid}.pixels img{width:auto;max-width:57mm;max-height:220mm}
.pixels.broad img{max-width:88mm}.curves{width:86mm}.curves img{max-height:250mm;object-fit:contain}
details::details-content{content-visibility:visible;display:block;block-size:auto;opacity:1}
figure:target{position:static}figure:target a.close{display:none}}
)";

inline constexpr const char* kScript = R"(
addEventListener('keydown',function(e){var f=e.key==='Escape'&&document.querySelector('figure:target');
if(f){f.querySelector('a.close').click();f.querySelector('a.open').focus()}});
addEventListener('hashchange',function(){var f=document.querySelector('figure:target');if(f)f.querySelector('a.close').focus()});
var folded=[];addEventListener('beforeprint',function(){document.querySelectorAll('details:not([open])').forEach(function(d){folded.push(d);d.open=true})});
addEventListener('afterprint',function(){folded.forEach(function(d){d.open=false});folded=[]});
)";

}  // namespace irmae::analysis::page
