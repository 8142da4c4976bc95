using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Tests.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Files;

[TestFixture]
public sealed class FileTableTests
{
    private const int Limit = 140;

    [Test]
    public void NumbersStartBehindTheStandardStreams()
    {
        FileTable table = new(new Trace(), 5);
        Assert.That(table.Reserve().Value, Is.EqualTo(3));
        Assert.That(table.Reserve().Value, Is.EqualTo(4));
        Result<int> third = table.Reserve();
        Assert.That((third.Errno, third.Reason), Is.EqualTo((Errno.EMFILE, Reason.DescriptorTableFull)));
    }

    [TestCase(-1)]
    [TestCase(int.MinValue)]
    [TestCase(int.MaxValue)]
    [TestCase(0)]
    [TestCase(3)]
    [TestCase(64)]
    public void NumbersWithoutAFileAreRefused(int descriptor)
    {
        FileTable table = new(new Trace(), 100);
        Assert.That(table.Find(descriptor), Is.Null);
        Assert.That(table.Close(descriptor).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(table.Duplicate(descriptor, true).Errno, Is.EqualTo(Errno.EBADF));
    }

    [Test]
    public void AReservedNumberStandsForNothing()
    {
        FileTable table = new(new Trace(), 100);
        int descriptor = table.Reserve().Value;
        Assert.That(table.Find(descriptor), Is.Null);
        Assert.That(table.Close(descriptor).Errno, Is.EqualTo(Errno.EBADF));
        Assert.That(table.Reserve().Value, Is.EqualTo(descriptor + 1));
        table.Cancel(descriptor);
        Assert.That(table.Reserve().Value, Is.EqualTo(descriptor));
    }

    [Test]
    public void TheLowestNumberComesFirstAmongManyThousands()
    {
        const int Many = 20_000;
        FileTable table = new(new Trace(), Many);
        for (int i = 3; i < Many; i++)
        {
            Assert.That(table.Reserve().Value, Is.EqualTo(i));
        }

        Assert.That(table.Reserve().Errno, Is.EqualTo(Errno.EMFILE));
        SortedSet<int> free = [];
        Random random = new(1);
        for (int i = 0; i < 5000; i++)
        {
            int number = random.Next(3, Many);
            if (free.Add(number))
            {
                table.Cancel(number);
            }
            else
            {
                Assert.That(table.Reserve().Value, Is.EqualTo(free.Min));
                free.Remove(free.Min);
            }
        }

        foreach (int number in free)
        {
            Assert.That(table.Reserve().Value, Is.EqualTo(number));
        }
    }

    [Test]
    public void CloseOnExecBelongsToTheDescriptor()
    {
        FileTable table = new(new Trace(), 100);
        PlainFile file = new(OpenFlags.ReadWrite | OpenFlags.CloseOnExec);
        int one = table.Reserve().Value;
        table.Install(one, file, closeOnExec: true);
        int other = table.Duplicate(one, closeOnExec: false).Value;
        Assert.That((table.IsCloseOnExec(one), table.IsCloseOnExec(other)), Is.EqualTo((true, false)));
        table.SetCloseOnExec(other, true);
        table.SetCloseOnExec(one, false);
        Assert.That((table.IsCloseOnExec(one), table.IsCloseOnExec(other)), Is.EqualTo((false, true)));
        Assert.That(file.Flags, Is.EqualTo(OpenFlags.ReadWrite));

        // A number that is used again does not remember.
        table.Close(other);
        table.Duplicate(one, closeOnExec: false);
        Assert.That(table.IsCloseOnExec(other), Is.False);
    }

    [Test]
    public void BehavesLikeASortedSetOfNumbers() => Steps.Check(300, 250, steps =>
    {
        Trace trace = new();
        List<FileTable> tables = [new(trace, Limit)];
        List<SortedDictionary<int, (PlainFile File, bool CloseOnExec)>> models = [[]];
        List<PlainFile> files = [];
        for (int i = steps[0] % Limit; i > 0; i--)
        {
            Open(tables[0], models[0], files, closeOnExec: i % 3 == 0);
        }

        foreach (int number in steps)
        {
            int step = number;
            int kind = Steps.Below(ref step, 10);
            int who = Steps.Below(ref step, tables.Count);
            FileTable table = tables[who];
            SortedDictionary<int, (PlainFile File, bool CloseOnExec)> model = models[who];
            int descriptor = Steps.Below(ref step, Limit + 3) - 2;
            bool flag = Steps.Below(ref step, 2) == 1;
            switch (kind)
            {
                case < 4:
                    Open(table, model, files, flag);
                    break;
                case < 6:
                    Duplicate(table, model, descriptor, flag);
                    break;
                case < 9:
                    Assert.That(table.Close(descriptor).IsOk, Is.EqualTo(model.Remove(descriptor)));
                    break;
                default:
                    if (tables.Count < 3)
                    {
                        tables.Add(table.Fork());
                        models.Add(new(model));
                    }

                    break;
            }
        }

        for (int who = 0; who < tables.Count; who++)
        {
            AssertSame(tables[who], models[who]);
        }

        foreach (PlainFile file in files)
        {
            int holders = models.Sum(model => model.Values.Count(entry => entry.File == file));
            Assert.That((file.References, file.Releases), Is.EqualTo((holders, holders == 0 ? 1 : 0)));
        }

        tables.ForEach(table => table.CloseAll());
        Assert.That(files.Select(file => file.Releases), Is.All.EqualTo(1));
    });

    private static int LowestFree(SortedDictionary<int, (PlainFile File, bool CloseOnExec)> model)
    {
        int free = 3;
        while (model.ContainsKey(free))
        {
            free++;
        }

        return free < Limit ? free : -1;
    }

    private static void Open(
        FileTable table,
        SortedDictionary<int, (PlainFile File, bool CloseOnExec)> model,
        List<PlainFile> files,
        bool closeOnExec)
    {
        Result<int> reserved = table.Reserve();
        int expected = LowestFree(model);
        Assert.That(reserved.IsOk ? reserved.Value : -1, Is.EqualTo(expected));
        if (expected >= 0)
        {
            files.Add(new PlainFile());
            table.Install(expected, files[^1], closeOnExec);
            model.Add(expected, (files[^1], closeOnExec));
        }
    }

    private static void Duplicate(
        FileTable table,
        SortedDictionary<int, (PlainFile File, bool CloseOnExec)> model,
        int descriptor,
        bool closeOnExec)
    {
        Result<int> copy = table.Duplicate(descriptor, closeOnExec);
        if (!model.TryGetValue(descriptor, out (PlainFile File, bool CloseOnExec) entry))
        {
            Assert.That(copy.Errno, Is.EqualTo(Errno.EBADF));
            return;
        }

        int expected = LowestFree(model);
        Assert.That(copy.IsOk ? copy.Value : -1, Is.EqualTo(expected));
        if (expected >= 0)
        {
            model.Add(expected, (entry.File, closeOnExec));
        }
    }

    private static void AssertSame(
        FileTable table, SortedDictionary<int, (PlainFile File, bool CloseOnExec)> model)
    {
        Assert.That(table.End, Is.GreaterThan(model.Count == 0 ? 0 : model.Keys.Last()));
        for (int descriptor = -1; descriptor < Limit + 1; descriptor++)
        {
            bool open = model.TryGetValue(descriptor, out (PlainFile File, bool CloseOnExec) entry);
            Assert.That(table.Find(descriptor), Is.SameAs(open ? entry.File : null), $"{descriptor}");
            if (open)
            {
                Assert.That(table.IsCloseOnExec(descriptor), Is.EqualTo(entry.CloseOnExec), $"{descriptor}");
            }
        }
    }
}
