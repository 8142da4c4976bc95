using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>
/// The explanation in machines that are full to the last page, beside machines that were made by the same steps and in
/// which the request is really made.
/// </summary>
[TestFixture]
public sealed class FullMemoryProperties
{
    private static readonly int[] Sizes = [1, 7, 64, 100, 256, 300, 600, 1024];

    [Test]
    public void TheAnswerIsWhatTheAreaDoesAndNothingElseChanges() => Check((story, pages, align, replay) =>
    {
        string before = story.Digest();
        CmaDiagnosis why = CmaDiagnosis.Of(story.Area, pages, align);
        Assert.That(story.Digest(), Is.EqualTo(before));
        foreach (FullMemoryStory other in (FullMemoryStory[])[replay(), story])
        {
            (long busy, long moved) = (other.Area.BusyWindows, other.PagesMoved);
            Result<int> got = other.Area.Allocate(pages, AlignmentOf(other, pages, align));
            Assert.That(
                (why.Reason, why.Page, (long)why.BusyWindows, (long)why.Moves),
                Is.EqualTo((
                    got.Reason,
                    got.IsOk ? other.Area.PageOf(got.Value) : -1,
                    other.Area.BusyWindows - busy,
                    other.PagesMoved - moved)));
            Assert.That(why.FirstBusy, Has.Length.EqualTo(Math.Min(why.BusyWindows, CmaDiagnosis.MostBusy)));
        }

        Assert.That(why.FewestPages == 0, Is.EqualTo(why.Fits));
    });

    [Test]
    public void TheLargestFitsAndNoneThatIsLarger() => Check((story, pages, align, replay) =>
    {
        int largest = CmaDiagnosis.Of(story.Area, pages, align).LargestFit;
        bool Fits(int count) => replay().Area is var area
            && area.Allocate(count, align ?? area.AlignmentFor(count)).IsOk;
        Assert.That(largest == 0 || Fits(largest), Is.True);
        int total = story.Area.TotalPages;
        foreach (int more in (int[])[1, 2, 3, 5, 9, 20, 40, 90, 200, pages])
        {
            Assert.That(Fits(Math.Min(largest + more, total + 1)), Is.False, $"{largest} + {more}");
        }
    });

    [Test]
    public void SoManyAreGrantedOneAfterTheOther() => Check((story, pages, align, replay) =>
    {
        CmaDiagnosis why = CmaDiagnosis.Of(story.Area, pages, align);
        FullMemoryStory other = replay();
        int count = 0;
        while (other.Area.Allocate(pages, AlignmentOf(other, pages, align)).IsOk)
        {
            count++;
        }

        Assert.That((why.HowMany, why.IsHowManyLeast), Is.EqualTo((count, false)));
    });

    [Test]
    public void TheFewestPagesMakeTheRequestFit() => Check((story, pages, align, replay) =>
    {
        CmaDiagnosis why = CmaDiagnosis.Of(story.Area, pages, align);
        if (why.FewestPages < 0)
        {
            Assert.That(
                story.IsIsolated || story.Area.Ranges.All(range => !Places(range, story, pages, align).Any()), Is.True);
            return;
        }

        int inArea = why.Fewest.Sum(hold => hold.Count);
        Assert.That(why.FewestPages, Is.EqualTo(inArea + why.FewestElsewhere));
        bool keeps = story.Area.Policy is ReservedPool && why.Fewest.Any(hold => hold.Owner is null);
        if (keeps || story.Area.OrderPerBit > 0)
        {
            // A part of an allocation cannot go back, or goes to the pool.
            return;
        }

        FullMemoryStory other = Freed(why.FewestElsewhere, out int missing, out long busy);
        if (missing == 0)
        {
            Assert.That(other.Area.Allocate(pages, AlignmentOf(other, pages, align)).Reason, Is.EqualTo(Reason.None));
        }

        if (missing == 0 && why.FewestElsewhere > 0 && other.Area.BusyWindows == busy)
        {
            other = Freed(why.FewestElsewhere - 1, out _, out _);
            Assert.That(other.Area.Allocate(pages, AlignmentOf(other, pages, align)).IsOk, Is.False, "fewer do not do");
        }

        FullMemoryStory Freed(int elsewhere, out int missing, out long busy)
        {
            FullMemoryStory other = replay();
            why.Fewest.ToList().ForEach(other.Free);
            missing = other.FreeElsewhere(elsewhere, pages);
            busy = other.Area.BusyWindows;
            return other;
        }
    });

    [Test]
    public void NoWindowDoesWithFewer() => Check((story, pages, align, replay) =>
    {
        CmaDiagnosis why = CmaDiagnosis.Of(story.Area, pages, align);
        if (why.FewestPages <= 0 || why.IsFewestMost || story.Area.Policy is ReservedPool || story.Area.OrderPerBit > 0)
        {
            return;
        }

        int[] places = [.. story.Area.Ranges.SelectMany(range => Places(range, story, pages, align))];
        for (int i = 0; i < places.Length; i += Math.Max(1, places.Length / 6))
        {
            FullMemoryStory other = replay();
            int left = why.FewestPages - 1;
            for (int page = places[i]; page < places[i] + pages && left >= 0; page++)
            {
                bool isPinned = other.Area.Loans is { } loans && loans.Pinned.AreSet(page, 1);
                if (isPinned || other.Area.Used.AreSet(page, 1))
                {
                    CmaLoans? lent = isPinned ? other.Area.Loans : null;
                    other.Free(new CmaHold(page, 1, lent?.OwnerOf(page), lent?.PinsOf(page) ?? 0));
                    left--;
                }
            }

            if (left >= 0)
            {
                other.FreeElsewhere(left, pages);
                Assert.That(other.Area.Allocate(pages, AlignmentOf(other, pages, align)).IsOk, Is.False, $"{places[i]}");
            }
        }
    });

    // Where a request has a place in a range of which nothing is taken but what a policy keeps.
    private static IEnumerable<int> Places(CmaRange range, FullMemoryStory story, int pages, int? align)
    {
        int step = 1 << Math.Max(AlignmentOf(story, pages, align), story.Area.OrderPerBit);
        long first = ((story.Memory.Address(range.Frames.First) >> 12) + step - 1) & ~(step - 1L);
        long rounded = (long)story.Area.BitsFor(pages) << story.Area.OrderPerBit;
        long start = story.Memory.Address(range.Frames.First) >> 12;
        for (; first + rounded <= start + range.Frames.Count; first += step)
        {
            long page = range.FirstPage + first - start;
            if (!story.Area.Kept.Any(block => block.First < page + pages && page < block.End))
            {
                yield return (int)page;
            }
        }
    }

    private static int AlignmentOf(FullMemoryStory story, int pages, int? align) =>
        align ?? story.Area.AlignmentFor(pages);

    private static void Check(Action<FullMemoryStory, int, int?, Func<FullMemoryStory>> property) =>
        Steps.Check(200, 12, steps =>
        {
            int step = steps[^1];
            int pages = Sizes[Steps.Below(ref step, Sizes.Length)] + Steps.Below(ref step, 40);
            int? align = Steps.Below(ref step, 3) == 0 ? Steps.Below(ref step, 10) : null;
            property(new FullMemoryStory(steps), pages, align, () => new FullMemoryStory(steps));
        });
}
