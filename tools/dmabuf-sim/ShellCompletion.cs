using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Cli;

/// <summary>Knows what may follow in a step that is being typed.</summary>
internal static class ShellCompletion
{
    /// <summary>The words that may stand at the end of a text.</summary>
    public static Completions For(string text, StepPlayer player, IReadOnlyList<string> commands)
    {
        List<string> words = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string typed = text.Length == 0 || text[^1] == ' ' ? "" : words[^1];
        if (typed.Length > 0)
        {
            words.RemoveAt(words.Count - 1);
        }

        if (words is ["help" or "explain"])
        {
            return Completions.Of(Topics(), typed);
        }

        string? process = null;
        if (words.Count > 0 && words[0].EndsWith(':'))
        {
            process = words[0][..^1];
            words.RemoveAt(0);
        }

        bool binds = words is [_, "=", ..];
        if (binds)
        {
            words.RemoveRange(0, 2);
        }

        if (words.Count == 0)
        {
            IEnumerable<string> verbs = VerbTable.All
                .Where(verb => !binds || verb.Produces != Produces.Nothing)
                .Select(verb => verb.Name);
            return Completions.Of(binds || process is not null ? verbs : verbs.Concat(commands), typed);
        }

        return VerbTable.Find(words[0]) is { } verb
            ? ForArgument(verb, words, typed, process, player)
            : Completions.None;
    }

    private static IEnumerable<string> Topics() =>
        VerbTable.All.Select(verb => verb.Name)
            .Concat(Enum.GetNames<Abi.Errno>().Where(name => name != nameof(Abi.Errno.OK)))
            .Concat(Abi.ReasonText.All.Select(reason => Abi.ReasonWords.Word(reason.Reason)));

    private static Completions ForArgument(
        Verb verb, List<string> words, string typed, string? process, StepPlayer player)
    {
        int index = words.Count - 1;
        if (index >= verb.Parameters.Length)
        {
            return Completions.None;
        }

        Parameter parameter = verb.Parameters[index];
        if (parameter.Keyword is not null)
        {
            IEnumerable<string> keys = verb.Parameters
                .Where(known => known.Keyword is not null)
                .Select(known => $"{known.Keyword}=")
                .Where(key => !words.Exists(word => word.StartsWith(key, StringComparison.Ordinal)));
            return Completions.Of(keys, typed, ends: false);
        }

        FlagWords flags = FlagWords.Of(parameter.Kind);
        if (!flags.Names.IsEmpty)
        {
            string last = typed[(typed.LastIndexOf('|') + 1)..];
            return Completions.Of(flags.Names, last);
        }

        return Completions.Of(Values(parameter.Kind, process, player), typed);
    }

    private static IEnumerable<string> Values(ParameterKind kind, string? process, StepPlayer player)
    {
        Machine machine = player.Machine;
        return kind switch
        {
            ParameterKind.Heap => machine.Heaps.Heaps.Select(heap => heap.Name),
            ParameterKind.Device => machine.Importers.Select(importer => importer.Name),
            ParameterKind.Process => machine.Processes.Where(known => known.IsAlive).Select(known => known.Name),
            ParameterKind.Path => PseudoFiles.Paths(machine),
            ParameterKind.Descriptor => player.NamesOf(process, Produces.Descriptor),
            ParameterKind.Mapping => player.NamesOf(process, Produces.Mapping),
            ParameterKind.Attachment => player.NamesOf(process, Produces.Attachment),
            ParameterKind.Vmap => player.NamesOf(process, Produces.Vmap),
            ParameterKind.Acquire => player.NamesOf(process, Produces.Acquire),
            ParameterKind.MappingOrVmap =>
                player.NamesOf(process, Produces.Mapping).Concat(player.NamesOf(process, Produces.Vmap)),
            ParameterKind.AttachmentOrDescriptor =>
                player.NamesOf(process, Produces.Attachment).Concat(player.NamesOf(process, Produces.Descriptor)),
            ParameterKind.Buffer => player.NamesOf(process, Produces.Nothing),
            _ => [],
        };
    }
}
