using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

[TestFixture]
public sealed class PageMapTests
{
    [Test]
    public void EveryPageIsWhatASlowModelSays([Range(1, 12)] int seed, [Values] bool inPieces)
    {
        BusyMachine busy = new(seed, inPieces: inPieces);
        Assert.That(busy.Area.Ranges, Has.Length.EqualTo(inPieces ? 2 : 1));
        foreach (CmaArea? area in (CmaArea?[])[null, .. busy.Machine.Areas])
        {
            PageMap map = area is null ? PageMap.Of(busy.Machine) : PageMap.Of(busy.Machine, area);
            List<(PageUse, long)> expected = Slow(busy, map.Ranges);
            Assert.That(
                map.Runs.SelectMany(run => Enumerable.Repeat((run.Use, run.Inode), run.Count)).SequenceEqual(expected));
            Assert.That(map.Runs.Zip(map.Runs.Skip(1)).Where(
                two => two.First.First + two.First.Count != two.Second.First
                    || (two.First.Use == two.Second.Use && two.First.Inode == two.Second.Inode)), Is.Empty);
            foreach (PageUse use in Enum.GetValues<PageUse>())
            {
                Assert.That(map.Pages(use), Is.EqualTo(expected.Count(page => page.Item1 == use)), use.ToString());
            }

            foreach (MappedBuffer buffer in map.Buffers)
            {
                Assert.That(buffer.Pages, Is.EqualTo(expected.Count(page => page.Item2 == buffer.Inode)));
            }
        }
    }

    [Test]
    public void TheModelMeetsEveryUse()
    {
        HashSet<PageUse> met = [];
        for (int seed = 1; seed <= 12; seed++)
        {
            PageMap map = PageMap.Of(new BusyMachine(seed).Machine);
            met.UnionWith(Enum.GetValues<PageUse>().Where(use => map.Pages(use) > 0));
        }

        Assert.That(met, Is.EquivalentTo(Enum.GetValues<PageUse>()));
    }

    private static List<(PageUse Use, long Inode)> Slow(BusyMachine busy, IEnumerable<CmaRange> ranges)
    {
        Machine machine = busy.Machine;
        List<(PageUse, long)> pages = [];
        Dictionary<int, DmaBuf> owners = machine.Buffers.NewestFirst
            .SelectMany(buffer => ((HeapBuffer)buffer.Exporter).Table.Runs.ToArray()
                .SelectMany(run => Enumerable.Range(run.First, run.Count))
                .Select(one => (one, buffer)))
            .ToDictionary(two => two.one, two => two.buffer);
        HashSet<int> outside = [.. busy.Tenant.Frames.Where(frame => frame >= 0)];
        foreach (int frame in ranges.SelectMany(range => Enumerable.Range(range.Frames.First, range.Frames.Count)))
        {
            CmaArea? area = machine.Areas.FirstOrDefault(one => one.Ranges.Any(
                range => frame >= range.Frames.First && frame < range.Frames.First + range.Frames.Count));
            DmaBuf? owner = owners.GetValueOrDefault(frame);
            PageUse use = owner is not null
                ? owner.ExporterName == "tee" ? PageUse.Protected : PageUse.Buffer
                : busy.Pinned.Contains(frame) ? PageUse.Pinned
                : outside.Contains(frame) ? PageUse.Movable
                : busy.Kernel.Contains(frame) ? PageUse.Kernel
                : (area is null ? machine.Memory.Buddy.IsFree(frame) : !area.IsAllocated(frame)) ? PageUse.Free
                : PageUse.Reserved;
            pages.Add((use, owner?.Inode ?? 0));
        }

        return pages;
    }
}
