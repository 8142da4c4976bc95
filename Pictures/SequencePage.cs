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
        body { font-family: "DejaVu Sans", Verdana, sans-serif; margin: 1em; color: #1a1a1a; background: #ffffff }
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

    /// <summary>The name of a picture of the sequence, counted from 1: <c>map-0001.png</c>.</summary>
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"map-{number:0000}.png");

    /// <summary>The page.</summary>
    /// <param name="title">What the pictures show.</param>
    /// <param name="captions">A line for each picture, in order.</param>
    public static string Write(string title, IReadOnlyList<string> captions)
    {
        StringBuilder page = new(Head
            .Replace("COUNT", captions.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("FIRST", NameOf(1), StringComparison.Ordinal)
            .Replace("TITLE", Escape(title), StringComparison.Ordinal));
        for (int i = 0; i < captions.Count; i++)
        {
            page.Append(
                CultureInfo.InvariantCulture, $"<li><a href=\"{NameOf(i + 1)}\">{Escape(captions[i])}</a></li>\n");
        }

        return page.Append(Tail).ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(Lettering.Clean(text));
}
