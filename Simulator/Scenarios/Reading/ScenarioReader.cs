using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Machines;

namespace DmaBufSim.Scenarios.Reading;

/// <summary>Reads one text, line by line.</summary>
internal sealed class ScenarioReader
{
    private const int LongestLine = 1 << 20;

    private static readonly ImmutableArray<string> OtherWords =
        ["machine", "guard", "area", "heap", "allow", "device", "tenant", "never", "always"];

    private readonly string file;
    private readonly string text;
    private readonly DiagnosticBag bag;
    private readonly LineWords words;
    private readonly DeclaredNames declared = new();
    private readonly MachineDraft draft = new();
    private readonly DeclarationReader declarations;
    private readonly HeapReader heaps;
    private readonly TenantReader tenants;
    private readonly StepReader steps;
    private readonly VerdictReader verdicts;
    private readonly ImmutableArray<Step>.Builder story = ImmutableArray.CreateBuilder<Step>();
    private readonly ImmutableArray<Verdict>.Builder said = ImmutableArray.CreateBuilder<Verdict>();
    private readonly ImmutableArray<string>.Builder printed = ImmutableArray.CreateBuilder<string>();
    private readonly WordPool pool = new();
    private Step? pending;
    private bool mayPrint;

    /// <summary>A reader of one text.</summary>
    public ScenarioReader(string file, string text, Vocabulary vocabulary)
    {
        this.file = file;
        this.text = text;
        bag = new DiagnosticBag(file, text);
        words = new LineWords(text);
        declarations = new DeclarationReader(bag, words, draft, declared, vocabulary);
        heaps = new HeapReader(bag, words, draft, declared, vocabulary.HeapTypes);
        tenants = new TenantReader(bag, words, draft, declared, vocabulary);
        steps = new StepReader(bag, words, pool, declared);
        verdicts = new VerdictReader(bag, words, declared);
    }

    /// <summary>Reads the text as a scenario.</summary>
    public ParsedScenario Read(IEnumerable<Place> badBytes)
    {
        foreach (Place place in badBytes)
        {
            bag.Add(place, "these bytes are not UTF-8");
        }

        int start = 0;
        for (int number = 1; start < text.Length; number++)
        {
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            int length = end > start && text[end - 1] == '\r' ? end - start - 1 : end - start;
            ReadLine(number, start, length);
            start = end + 1;
        }

        FinishStep();
        return Finish();
    }

    /// <summary>Reads the text as a single step for a machine that is switched on.</summary>
    public ParsedStep ReadStep(int number, MachineDescription machine)
    {
        foreach (HeapDescription heap in machine.Heaps)
        {
            draft.AddHeap(heap, default, default, default);
            declared.AddHeap(heap.Name);
        }

        draft.Machine = machine;
        draft.Tenants.AddRange(machine.Tenants);
        draft.Areas.AddRange(machine.Areas.Select(area => (area, default(Place), default(Place))));
        draft.Finish(new DiagnosticBag(file, text), declared);
        foreach (DeviceDescription device in machine.Devices)
        {
            declared.AddDevice(device.Name);
        }

        int end = text.AsSpan().IndexOfAny('\n', '\r');
        int length = end < 0 ? text.Length : end;
        Step? step = null;
        if (IsReadable(number, 0, length))
        {
            words.Read(number, 0, length);
            step = words.Count == 0 ? null : steps.Read([]);
        }

        declared.ReportHeaps(bag);
        declared.ReportDevices(bag, null);
        declared.ReportTenants(bag, draft.Tenants.Count > 0);
        return new ParsedStep(bag.IsEmpty ? step : null, bag.Finish().Diagnostics);
    }

    private ParsedScenario Finish()
    {
        tenants.Finish();
        MachineDescription machine = draft.Finish(bag, declared);
        List<DeviceDescription> implied = [];
        declared.ReportHeaps(bag);
        declared.ReportDevices(bag, implied);
        declared.ReportTenants(bag, draft.Tenants.Count > 0);
        steps.Names.Report(bag);
        steps.Processes.Report(bag);
        if (!bag.IsEmpty)
        {
            (ImmutableArray<Diagnostic> diagnostics, int omitted) = bag.Finish();
            return new ParsedScenario(null, diagnostics, omitted);
        }

        Scenario scenario = new()
        {
            File = file,
            Text = text,
            Machine = machine with { Devices = machine.Devices.AddRange(implied) },
            Steps = story.DrainToImmutable(),
            Verdicts = said.DrainToImmutable(),
        };
        return new ParsedScenario(scenario, []);
    }

    private void ReadLine(int number, int start, int length)
    {
        if (!IsReadable(number, start, length))
        {
            return;
        }

        ReadOnlySpan<char> line = text.AsSpan(start, length);
        ReadOnlySpan<char> content = line.TrimStart(" \t");
        if (content.StartsWith("|", StringComparison.Ordinal))
        {
            ReadPrinted(content[1..], new Place(number, start, line.Length - content.Length + 1));
            return;
        }

        words.Read(number, start, length);
        if (words.Count > 0)
        {
            FinishStep();
            ReadWords();
        }
    }

    private bool IsReadable(int number, int start, int length)
    {
        if (length > LongestLine)
        {
            bag.Add(
                new Place(number, start, 1),
                string.Create(CultureInfo.InvariantCulture, $"the line has {length} characters"),
                string.Create(CultureInfo.InvariantCulture, $"at most {LongestLine}"));
            return false;
        }

        int bad = IndexOfControl(text.AsSpan(start, length));
        if (bad >= 0)
        {
            string code = ((int)text[start + bad]).ToString("X4", CultureInfo.InvariantCulture);
            bag.Add(new Place(number, start, bad + 1), $"the line has a control character, U+{code}");
        }

        return bad < 0;
    }

    // A plain loop starts at once; a vectorized search would be compiled first.
    private static int IndexOfControl(ReadOnlySpan<char> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (char.IsControl(line[i]) && line[i] != '\t')
            {
                return i;
            }
        }

        return -1;
    }

    private void ReadWords()
    {
        bool isStep = words.Is(1, "=");
        string? keyword = isStep ? null : OtherWords.FirstOrDefault(word => words.Is(0, word));
        mayPrint = keyword is null;
        if (keyword is not null && keyword is not ("never" or "always") && steps.SawVerb)
        {
            bag.Add(words.At(0), "declarations come before the first step", $"this line above the steps");
        }

        heaps.IsOpen &= keyword is "allow";
        switch (keyword)
        {
            case "machine":
                declarations.ReadMachine();
                break;
            case "guard":
                declarations.ReadGuard();
                break;
            case "area":
                declarations.ReadArea();
                break;
            case "heap":
                heaps.ReadHeap();
                break;
            case "allow":
                heaps.ReadRule();
                break;
            case "device":
                declarations.ReadDevice();
                break;
            case "tenant":
                tenants.ReadTenant();
                break;
            case "never":
                Add(verdicts.ReadNever());
                break;
            case "always":
                Add(verdicts.ReadAlways());
                break;
            default:
                pending = steps.Read(OtherWords);
                break;
        }
    }

    private void Add(Verdict? verdict)
    {
        if (verdict is not null)
        {
            said.Add(verdict);
        }
    }

    private void ReadPrinted(ReadOnlySpan<char> line, Place place)
    {
        if (!mayPrint)
        {
            bag.Add(place, "there is no step above that could print this line");
        }
        else if (pending is not null)
        {
            printed.Add(pool.Get(line.StartsWith(" ", StringComparison.Ordinal) ? line[1..] : line));
        }
    }

    private void FinishStep()
    {
        if (pending is null)
        {
            return;
        }

        if (printed.Count > 0)
        {
            Expectation expected = pending.Expected ?? new Expectation(Expectation.Ok, [], []);
            pending = pending.Expecting(new Expectation(expected.Outcome, expected.Words, printed.DrainToImmutable()));
        }

        story.Add(pending);
        pending = null;
    }
}
