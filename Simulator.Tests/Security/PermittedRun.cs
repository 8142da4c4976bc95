using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;

namespace DmaBufSim.Tests.Security;

/// <summary>A program of which only those steps are played that the rules permit, up to the first that is denied.</summary>
internal sealed class PermittedRun
{
    private readonly HostileRun run;
    private readonly PermittedAccess permitted;

    public PermittedRun(MachineBuilder builder, MachineDescription description)
    {
        run = new HostileRun(builder, description);
        permitted = new PermittedAccess(description, run.Player);
    }

    public StepPlayer Player => run.Player;

    /// <summary>The step that was denied although it is permitted, and its outcome; or null.</summary>
    public string? Denial { get; private set; }

    /// <summary>The last step that was played.</summary>
    public Step? Last { get; private set; }

    /// <summary>The steps that were played.</summary>
    public Scenario Scenario => run.Scenario;

    /// <summary>Plays a line, where the rules permit it.</summary>
    /// <returns>Null where they do not.</returns>
    public Outcome? Play(string line)
    {
        if (!permitted.Permits(line))
        {
            return null;
        }

        long blocked = run.Machine.Firewall.Counters.Denials(ProtectionStep.Access);
        Last = run.Parse(line);
        Outcome outcome = run.Play(Last);
        if (IsDenial(outcome) || run.Machine.Firewall.Counters.Denials(ProtectionStep.Access) > blocked)
        {
            Denial = $"{Last} -> {outcome}";
        }
        else if (outcome.IsOk)
        {
            permitted.Note(line);
        }

        return outcome;
    }

    // Not the limits of hardware, and not the permission of the mapping.
    private static bool IsDenial(Outcome outcome) =>
        (outcome.Refusal.Errno == Errno.EACCES && outcome.Refusal.Reason != Reason.WriteNotGranted)
        || outcome.Refusal.Reason is Reason.ExporterCannotMmap or Reason.ExporterCannotVmap;
}
