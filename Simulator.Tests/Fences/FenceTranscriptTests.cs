using DmaBufSim.Tests.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Fences;

/// <summary>Transcripts of real kernels, line by line.</summary>
[TestFixture]
public sealed class FenceTranscriptTests
{
    [TestCaseSource(nameof(Transcripts))]
    public void EveryLineHasTheOutcomeOfTheKernel(string path)
    {
        FencePlayer? player = null;
        int played = 0;
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("machine ", StringComparison.Ordinal))
            {
                player = new FencePlayer(line.Split("kernel=")[1]);
            }

            int arrow = line.IndexOf(" -> ", StringComparison.Ordinal);
            if (arrow > 0)
            {
                played++;
                Assert.That(player!.Play(line[..arrow]), Is.EqualTo(line[(arrow + 4)..]), $"step {played}: {line}");
            }
        }

        Assert.That(played, Is.Positive);
        player!.Files.CloseAll();
        Assert.That(player.Core.LiveFences, Is.Zero);
        Assert.That(player.Core.Timelines.Timelines, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Transcripts()
    {
        foreach (string path in TranscriptSources.OfKind("fence"))
        {
            yield return new TestCaseData(path)
                .SetArgDisplayNames(Path.GetFileName(Path.GetDirectoryName(path)!), Path.GetFileName(path));
        }
    }
}
