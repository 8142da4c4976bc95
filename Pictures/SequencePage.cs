using System.Globalization;
using System.Net;
using System.Text;

namespace DmaBufSim.Pictures;

/// <summary>A page to step through the pictures of a run.</summary>
/// <remarks>It needs nothing but the pictures beside it. Without scripts it is a list of them.</remarks>
public static class SequencePage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>TITLE</title>
        <style>
        body { font-family: "Segoe UI", Verdana, sans-serif; margin: 1em; color: #1a1a1a; background: #ffffff }
        img { max-width: 100%; border: 1px solid #dddddd }
        input { width: 30em; max-width: 50% }
        button { font: inherit }
        </style>
        </head>
        <body>
        <p id="steps" hidden>
        <button id="back">back</button>
        <input id="place" type="range" min="1" max="COUNT" value="1" aria-label="picture">
        <button id="on">on</button>
        <button id="play">play</button>
        <span id="count"></span> (the arrow keys step, too)
        </p>
        <img id="picture" src="FIRST" alt="">
        <ol id="list">

        """;

    private const string Tail = """
        </ol>
        <script>
        const links = [...document.querySelectorAll("#list a")];
        const part = name => document.getElementById(name);
        let at = 0;
        let timer = 0;
        function show(next) {
          at = Math.max(0, Math.min(links.length - 1, next));
          part("picture").src = links[at].getAttribute("href");
          part("picture").alt = links[at].textContent;
          part("place").value = at + 1;
          part("count").textContent = (at + 1) + " of " + links.length;
        }
        function stop() {
          clearInterval(timer);
          timer = 0;
          part("play").textContent = "play";
        }
        function step(by) { stop(); show(at + by); }
        function play() {
          if (timer) { stop(); return; }
          if (at === links.length - 1) { show(0); }
          part("play").textContent = "stop";
          timer = setInterval(() => { show(at + 1); if (at === links.length - 1) { stop(); } }, 500);
        }
        part("back").onclick = () => step(-1);
        part("on").onclick = () => step(1);
        part("play").onclick = play;
        part("place").oninput = event => { stop(); show(event.target.value - 1); };
        document.onkeydown = event => {
          if (event.target === part("place")) { return; }
          if (event.key === "ArrowLeft") { step(-1); }
          if (event.key === "ArrowRight") { step(1); }
        };
        links.forEach((link, i) => link.onclick = () => { step(i - at); scrollTo(0, 0); return false; });
        part("steps").hidden = false;
        show(0);
        </script>
        </body>
        </html>

        """;

    /// <summary>The page.</summary>
    /// <param name="title">What the pictures show.</param>
    /// <param name="pictures">The pictures, in order; at least one.</param>
    public static string Write(string title, IReadOnlyList<SequencePicture> pictures)
    {
        StringBuilder page = new(Head
            .Replace("COUNT", pictures.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("FIRST", Link(pictures[0]), StringComparison.Ordinal)
            .Replace("TITLE", Escape(title), StringComparison.Ordinal));
        foreach (SequencePicture picture in pictures)
        {
            page.Append(
                CultureInfo.InvariantCulture, $"<li><a href=\"{Link(picture)}\">{Escape(picture.Caption)}</a></li>\n");
        }

        return page.Append(Tail).ToString();
    }

    private static string Link(SequencePicture picture) => Uri.EscapeDataString(picture.Name);

    private static string Escape(string text) => WebUtility.HtmlEncode(Lettering.Clean(text));
}

/// <summary>A picture of a sequence.</summary>
/// <param name="Name">The name of its file, beside the page.</param>
/// <param name="Caption">What it shows, in one line.</param>
public sealed record SequencePicture(string Name, string Caption);
